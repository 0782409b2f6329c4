using System.Buffers;
using System.Net.WebSockets;

namespace YarpWs.Backend.Connections;

/// <summary>
/// Puts the frames of one WebSocket together to whole messages of at most <paramref name="maxBytes"/>. A connection that is quiet
/// holds no buffer. For one thread.
/// </summary>
internal sealed class MessageReader(WebSocket socket, int maxBytes, ArrayPool<byte> pool)
{
    private const int FirstBuffer = 4 * 1024;

    private byte[] _buffer = [];
    private int _messages;
    private volatile int _underWay;
    private int _length;

    /// <summary>The message last read, until <see cref="Release"/>; without meaning when <see cref="IsTooBig"/>.</summary>
    public ReadOnlySpan<byte> Message => _buffer.AsSpan(0, _length);

    public WebSocketMessageType Type { get; private set; }

    public bool IsTooBig { get; private set; }

    /// <summary>The number of the message that has begun and has not come whole; 0 while there is none. Any thread may ask.</summary>
    public int UnderWay => _underWay;

    /// <summary>
    /// Reads one message, or as much of it as is allowed. False when the client sent its close frame. Throws
    /// <see cref="WebSocketException"/> when the connection broke or the client does not keep to RFC 6455.
    /// </summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        (_length, IsTooBig) = (0, false);

        // Nothing is rented before there is something to read.
        // Here and below, whoever waits for the whole message goes back to where he was; it is not done for each frame.
        var received = await socket.ReceiveAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        while (received.MessageType is not WebSocketMessageType.Close)
        {
            if (_underWay == 0)
            {
                _messages = _messages == int.MaxValue ? 1 : _messages + 1;
                _underWay = _messages;
            }

            Type = received.MessageType;
            _length += received.Count;
            IsTooBig |= _length > maxBytes;
            if (received.EndOfMessage || IsTooBig)
            {
                _underWay = 0;
                return true;
            }

            Grow();
            received = await socket.ReceiveAsync(_buffer.AsMemory(_length), cancellationToken).ConfigureAwait(false);
        }

        return false;
    }

    /// <summary>Gives the buffer back.</summary>
    public void Release()
    {
        if (_buffer.Length > 0)
        {
            pool.Return(_buffer);
        }

        (_buffer, _length) = ([], 0);
    }

    private void Grow()
    {
        if (_length < _buffer.Length)
        {
            return;
        }

        var larger = pool.Rent(Math.Max(FirstBuffer, _buffer.Length * 2));
        Message.CopyTo(larger);
        var length = _length;
        Release();
        (_buffer, _length) = (larger, length);
    }
}
