using System.Runtime.CompilerServices;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// The client's end of a socket, as the forwarder sees it: it reads what the client sends and writes what the backend sends. Every
/// buffer is shown to a <see cref="FrameScanner"/> on its way and is never copied. Writes come from one task, the forwarder's; the only
/// other writer is <see cref="SayGoodbye"/>, and the gate keeps the two apart.
/// </summary>
internal sealed class SocketStream(Stream inner, LiveSocket socket) : Stream
{
    private readonly Lock _gate = new();
    private bool _isWriting;
    private bool _isLeaving;
    private bool _hasLeft;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Completes when the goodbye, if there was one, is on its way.</summary>
    public Task Goodbye { get; private set; } = Task.CompletedTask;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(buffer, cancellationToken);
        if (!read.IsCompletedSuccessfully)
        {
            return ScanReadAsync(read, buffer);
        }

        var count = read.Result;
        ScanFromClient(buffer.Span[..count]);
        return ValueTask.FromResult(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_hasLeft)
            {
                // Nothing may follow a close frame. The backend hears of it from the client's answer.
                return ValueTask.CompletedTask;
            }

            _isWriting = true;
            socket.FromBackend.Scan(buffer.Span);
        }

        if (socket.FromBackend.CloseCode is not null)
        {
            socket.ClosedBy(Closer.Backend);
        }

        var write = inner.WriteAsync(buffer, cancellationToken);
        if (!write.IsCompletedSuccessfully)
        {
            return FinishWriteAsync(write);
        }

        write.GetAwaiter().GetResult();
        return FinishWrite() ? new ValueTask(Goodbye) : ValueTask.CompletedTask;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    /// <summary>Puts a close frame between the backend's frames, now or when the one under way has ended. The client's answer then ends the socket.</summary>
    public void SayGoodbye()
    {
        lock (_gate)
        {
            _isLeaving = true;
            if (!_isWriting)
            {
                LeaveIfPossible();
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ScanReadAsync(ValueTask<int> read, Memory<byte> buffer)
    {
        var count = await read;
        ScanFromClient(buffer.Span[..count]);
        return count;
    }

    private void ScanFromClient(ReadOnlySpan<byte> bytes)
    {
        socket.FromClient.Scan(bytes);
        if (socket.FromClient.CloseCode is not null)
        {
            socket.ClosedBy(Closer.Client);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishWriteAsync(ValueTask write)
    {
        await write;
        FinishWrite();
        await Goodbye;
    }

    /// <summary>Returns whether a goodbye went out behind the write.</summary>
    private bool FinishWrite()
    {
        lock (_gate)
        {
            _isWriting = false;
            LeaveIfPossible();
            return _hasLeft;
        }
    }

    private void LeaveIfPossible()
    {
        if (_isLeaving && !_hasLeft && socket.Closer == Closer.None && socket.FromBackend.IsBetweenFrames)
        {
            _hasLeft = true;
            socket.ClosedBy(Closer.Gateway);
            Goodbye = WriteGoodbyeAsync();
        }
    }

    private async Task WriteGoodbyeAsync()
    {
        try
        {
            await inner.WriteAsync(GoodbyeFrame.Bytes, CancellationToken.None);
            await inner.FlushAsync(CancellationToken.None);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // The client has left by itself in this moment, which is where a goodbye leads anyway.
        }
    }
}
