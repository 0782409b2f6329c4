using System.Net.Sockets;

namespace YarpWs.Platform.Transport;

/// <summary>The reads of a socket. A read that fills less than its buffer has taken all there is, so the next one waits without asking the system.</summary>
internal sealed class Receiver(LoopSocket socket) : SocketOperation(socket)
{
    /// <summary>
    /// Reads in a row that find something at once, of who reads outside of a loop and so has no turn that could end: then it goes on in the loop, and has one.
    /// </summary>
    private const int MaxInRow = 16;

    private readonly Socket _socket = socket.Socket;
    private Memory<byte> _buffer;
    private int _inRow;
    private volatile bool _hasEnded;

    /// <inheritdoc cref="LoopSocket.HasNews"/>
    public bool HasNews => IsReady;

    /// <inheritdoc cref="LoopSocket.ReceiveAsync"/>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellation);
        }

        _buffer = buffer;
        try
        {
            if (MayGoOn() && TryRun(out var count))
            {
                _buffer = default;
                return ValueTask.FromResult(count);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            return ValueTask.FromException<int>(exception);
        }

        return new ValueTask<int>(this, Wait(cancellation));
    }

    /// <summary>The peer sends nothing more. From now on every read asks the system: no report follows the last one.</summary>
    public void End() => _hasEnded = true;

    protected override SocketEvents Wanted => SocketEvents.Readable;

    protected override bool TryRun(out int count)
    {
        count = 0;
        if (_buffer.IsEmpty)
        {
            return IsReady;
        }

        while (TakeReady())
        {
            count = _socket.Receive(_buffer.Span, SocketFlags.None, out var error);
            switch (error)
            {
                case SocketError.Success:
                    if (count == _buffer.Length || count == 0 || _hasEnded)
                    {
                        KeepReady();
                    }

                    return true;
                case SocketError.WouldBlock:
                    continue;
                default:
                    KeepReady();
                    throw SocketFailure.Of(error);
            }
        }

        return false;
    }

    protected override void Clear()
    {
        _buffer = default;
        _inRow = 0;
    }

    private bool MayGoOn() => EventLoop.Current is { } here ? !here.IsTurnOver() : _inRow++ < MaxInRow;
}
