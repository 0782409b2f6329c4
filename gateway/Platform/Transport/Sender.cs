using System.Net.Sockets;

namespace YarpWs.Platform.Transport;

/// <summary>The writes of a socket. A write is tried without asking whether the socket is ready; nearly always it is.</summary>
internal sealed class Sender(LoopSocket socket) : SocketOperation(socket)
{
    private readonly Socket _socket = socket.Socket;
    private readonly LoopSocket _owner = socket;
    private ReadOnlyMemory<byte> _data;

    /// <inheritdoc cref="LoopSocket.SendAsync"/>
    public ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellation);
        }

        _data = data;
        if (SendBatch.Current is { } batch && data.Length is > 0 and <= SendBatch.MaxBytes && _owner.TryHold())
        {
            var token = BeginInBatch(cancellation);
            batch.Add(this, _socket.SafeHandle.DangerousGetHandle(), data);
            return new ValueTask(this, token);
        }

        try
        {
            if (TryRun(out _))
            {
                _data = default;
                return EventLoop.Current is { } here && here.IsTurnOver() ? new ValueTask(this, EndLater()) : ValueTask.CompletedTask;
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            return ValueTask.FromException(exception);
        }

        return new ValueTask(this, Wait(cancellation));
    }

    /// <summary>Ends when something can be sent, as it can once a connect(2) has ended, one way or the other.</summary>
    public ValueTask WaitAsync(CancellationToken cancellation) => new(this, Wait(cancellation));

    /// <summary>The kernel has what it took of this write: the socket need not be held any more. Only a batch calls it.</summary>
    public void Release() => _owner.Release();

    /// <summary>Ends a write that was collected, or goes on with it as if it had been begun now. Only a batch calls it.</summary>
    /// <param name="result">How many bytes the kernel has taken, or the negative number of an error, which the next try tells by itself.</param>
    public void Took(int result)
    {
        if (result == _data.Length)
        {
            EndInBatch();
            return;
        }

        _data = _data[Math.Max(0, result)..];
        GoOn();
    }

    protected override SocketEvents Wanted => SocketEvents.Writable;

    protected override bool TryRun(out int count)
    {
        count = 0;
        do
        {
            while (!_data.IsEmpty)
            {
                var sent = _socket.Send(_data.Span, SocketFlags.None, out var error);
                if (error == SocketError.WouldBlock)
                {
                    break;
                }

                if (error != SocketError.Success)
                {
                    throw SocketFailure.Of(error);
                }

                _data = _data[sent..];
            }

            if (_data.IsEmpty)
            {
                return true;
            }
        }
        while (TakeReady());
        return false;
    }

    protected override void Clear() => _data = default;
}
