namespace YarpWs.Platform.Transport;

/// <summary>
/// What a server writes to its client. A write that fails ends like any other, as it does with Kestrel's own transport, which calls the rest
/// an error of the server's: that the client has gone is told by the reads and by <see cref="LoopConnection.ConnectionClosed"/>.
/// </summary>
internal sealed class ServerOutput(Stream client) : AsyncStream
{
    public override bool CanRead => false;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var write = client.WriteAsync(buffer, cancellationToken);
        return write.IsCompletedSuccessfully ? write : FinishAsync(write);
    }

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
