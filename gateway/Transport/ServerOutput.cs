namespace YarpWs.Transport;

/// <summary>
/// What a server writes to its client. A write that fails ends like any other, as it does with Kestrel's own transport, which calls the rest
/// an error of the server's: that the client has gone is told by the reads and by <see cref="LoopConnection.ConnectionClosed"/>.
/// </summary>
internal sealed class ServerOutput(Stream client) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var write = client.WriteAsync(buffer, cancellationToken);
        return write.IsCompletedSuccessfully ? write : FinishAsync(write);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Nothing is kept back.</summary>
    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <exception cref="NotSupportedException">A loop must not be blocked.</exception>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static async ValueTask FinishAsync(ValueTask write)
    {
        try
        {
            await write;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // Nobody takes it any more.
        }
    }
}
