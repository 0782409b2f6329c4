using System.Net.Sockets;

namespace YarpWs.Platform.Transport;

/// <summary>The reads of a socket. A read that fills less than its buffer has taken all there is, so the next one waits without asking the system.</summary>
internal sealed class Receiver(LoopSocket socket) : SocketOperation(socket)
{
    /// <summary>
    /// Reads that find something at once before the others of the loop get their turn: with buffers of up to 64 KiB, a megabyte of one socket's.
    /// </summary>
    private const int MaxInRow = 16;

    private readonly Socket _socket = socket.Socket;
    private Memory<byte> _buffer;
    private int _inRow;
    private volatile bool _hasEnded;

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
            if (_inRow < MaxInRow && TryRun(out var count))
            {
                _inRow++;
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
}
