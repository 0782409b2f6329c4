using System.Net.Sockets;

namespace YarpWs.Platform.Transport;

/// <summary>The writes of a socket. A write is tried without asking whether the socket is ready; nearly always it is.</summary>
internal sealed class Sender(LoopSocket socket) : SocketOperation(socket)
{
    private readonly Socket _socket = socket.Socket;
    private ReadOnlyMemory<byte> _data;

    /// <inheritdoc cref="LoopSocket.SendAsync"/>
    public ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellation);
        }

        _data = data;
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
