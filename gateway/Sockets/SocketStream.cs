using System.Runtime.CompilerServices;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// The client's end of a socket, as the forwarder sees it: it reads what the client sends and writes what the backend sends. Every
/// buffer is shown to a <see cref="FrameScanner"/> on its way and is never copied. Frames of the gateway's own go out only between two
/// frames of the backend's: at once when nothing is under way, else behind the write that ends the frame.
/// </summary>
/// <remarks>
/// There are two writers, the forwarder's one task and the gateway. <see cref="_gate"/> decides whose turn it is and is never held over an
/// await; whoever finishes a write looks whether the other has something waiting.
/// </remarks>
internal sealed class SocketStream(Stream inner, LiveSocket socket) : Stream
{
    private readonly Lock _gate = new();
    private bool _isForwarding;
    private bool _isPingWaiting;
    private ReadOnlyMemory<byte> _last;
    private Task _own = Task.CompletedTask;
    private bool _isWritingOwn;
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

            if (_isWritingOwn)
            {
                return WriteAfterAsync(_own, buffer, cancellationToken);
            }

            _isForwarding = true;
            socket.FromBackend.Scan(buffer.Span);
        }

        if (socket.FromBackend.CloseCode is not null)
        {
            socket.ClosedBy(Closer.Backend);
        }

        var write = inner.WriteAsync(buffer, cancellationToken);
        if (!write.IsCompletedSuccessfully)
        {
            socket.Blocked();
            return FinishWriteAsync(write);
        }

        write.GetAwaiter().GetResult();
        FinishWrite();
        return ValueTask.CompletedTask;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    /// <summary>Sends a ping, and tells the socket when its turn has come. One that still waits is not joined by another.</summary>
    public void SendPing()
    {
        lock (_gate)
        {
            _isPingWaiting = true;
            WriteOwnIfPossible();
        }
    }

    /// <summary>Sends a close frame, after which nothing goes to the client any more.</summary>
    public void SendLast(ReadOnlyMemory<byte> closeFrame)
    {
        lock (_gate)
        {
            _last = closeFrame;
            WriteOwnIfPossible();
        }
    }

    /// <summary>Sends nothing more, and ends when the gateway's last write has. It never fails: a client that is gone is found by the forwarder.</summary>
    public Task FinishAsync()
    {
        lock (_gate)
        {
            _hasLeft = true;
            return _own;
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
        socket.HeardFromClient();
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
        socket.Unblocked();
        FinishWrite();
    }

    private async ValueTask WriteAfterAsync(Task own, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        await own;
        await WriteAsync(buffer, cancellationToken);
    }

    private void FinishWrite()
    {
        lock (_gate)
        {
            _isForwarding = false;
            WriteOwnIfPossible();
        }
    }

    /// <summary>Called under the gate.</summary>
    private void WriteOwnIfPossible()
    {
        if (!_isForwarding && !_isWritingOwn && TryTakeOwn(out var frame))
        {
            _isWritingOwn = true;
            _own = WriteOwnAsync(frame);
        }
    }

    /// <summary>The gateway's next frame, if this is a place for one. Called under the gate.</summary>
    private bool TryTakeOwn(out ReadOnlyMemory<byte> frame)
    {
        frame = default;
        if (_hasLeft || socket.Closer == Closer.Backend || !socket.FromBackend.IsBetweenFrames)
        {
            return false;
        }

        if (!_last.IsEmpty)
        {
            frame = _last;
            _hasLeft = true;
            socket.ClosedBy(Closer.Gateway);
            return true;
        }

        if (!_isPingWaiting)
        {
            return false;
        }

        frame = ControlFrame.Ping;
        _isPingWaiting = false;
        socket.Pinged();
        return true;
    }

    private async Task WriteOwnAsync(ReadOnlyMemory<byte> frame)
    {
        try
        {
            while (true)
            {
                await inner.WriteAsync(frame, CancellationToken.None);
                await inner.FlushAsync(CancellationToken.None);
                lock (_gate)
                {
                    if (!TryTakeOwn(out frame))
                    {
                        _isWritingOwn = false;
                        return;
                    }
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // The client has left by itself in this moment; the forwarder sees that too, in its own next write.
            lock (_gate)
            {
                _isWritingOwn = false;
            }
        }
    }
}
