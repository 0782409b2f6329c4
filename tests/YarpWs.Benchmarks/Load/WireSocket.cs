using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace YarpWs.Benchmarks.Load;

/// <summary>
/// One end of a TCP connection with a buffer of what has come and was not taken yet. Reads never wait; it is for one thread.
/// </summary>
internal sealed class WireSocket : IDisposable
{
    private readonly Socket _socket;
    private byte[] _buffer;
    private int _start;
    private int _end;

    /// <param name="socket">Owned from here on.</param>
    /// <param name="bufferBytes">Grows when something longer comes.</param>
    public WireSocket(Socket socket, int bufferBytes)
    {
        _socket = socket;
        _socket.NoDelay = true;
        _socket.Blocking = false;
        _buffer = new byte[bufferBytes];
    }

    public Socket Socket => _socket;

    /// <summary>Whether the other end has closed its side.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>What has come and was not taken, in place: it may be changed.</summary>
    public Span<byte> Unread => _buffer.AsSpan(_start.._end);

    public static WireSocket Connect(IPEndPoint server, int bufferBytes)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(server);
        return new WireSocket(socket, bufferBytes);
    }

    /// <summary>Sends a handshake, as <see cref="Requests.Handshake"/> writes it, and waits for its 101.</summary>
    public static WireSocket OpenWebSocket(IPEndPoint server, ReadOnlySpan<byte> request, int bufferBytes)
    {
        var wire = Connect(server, bufferBytes);
        wire.Send(request);
        var head = wire.ReadHead();
        return head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal) ? wire : throw new WrongAnswerException($"Expected 101, got: {head}");
    }

    /// <summary>Reads what is there; false when there is nothing, or the other end has closed.</summary>
    public bool Receive()
    {
        if (_end == _buffer.Length)
        {
            MakeRoom();
        }

        var count = _socket.Receive(_buffer.AsSpan(_end), SocketFlags.None, out var error);
        if (error is SocketError.WouldBlock)
        {
            return false;
        }

        if (error is not SocketError.Success)
        {
            throw new WrongAnswerException($"A connection was cut: {error}.");
        }

        HasEnded = count == 0;
        _end += count;
        return count > 0;
    }

    public void Take(int count)
    {
        _start += count;
        if (_start == _end)
        {
            _start = _end = 0;
        }
    }

    /// <summary>Sends everything; waits when the other end does not read.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var sent = _socket.Send(bytes, SocketFlags.None, out var error);
            if (error is SocketError.WouldBlock)
            {
                _socket.Poll(TimeSpan.FromSeconds(1), SelectMode.SelectWrite);
            }
            else if (error is not SocketError.Success)
            {
                throw new WrongAnswerException($"A connection was cut: {error}.");
            }

            bytes = bytes[sent..];
        }
    }

    /// <summary>Waits for the head of an answer and takes it.</summary>
    public string ReadHead()
    {
        string? head;
        while (!TryReadHead(out head))
        {
            WaitUntilReadable();
            if (!Receive() && HasEnded)
            {
                throw new WrongAnswerException($"The connection ended instead of an answer; it said: {Encoding.ASCII.GetString(Unread)}");
            }
        }

        return head;
    }

    /// <summary>Takes the head of an answer, when the whole of it is there.</summary>
    public bool TryReadHead([NotNullWhen(true)] out string? head)
    {
        var end = Unread.IndexOf("\r\n\r\n"u8);
        head = end < 0 ? null : Encoding.ASCII.GetString(Unread[..end]);
        Take(end < 0 ? 0 : end + 4);
        return head is not null;
    }

    /// <summary>Waits for a text message and takes it.</summary>
    public string ReadText()
    {
        FrameShape frame;
        while (!FrameShape.TryRead(Unread, out frame))
        {
            WaitUntilReadable();
            if (!Receive() && HasEnded)
            {
                throw new WrongAnswerException("The connection ended instead of a message.");
            }
        }

        var text = frame.Opcode == Opcode.Text
            ? Encoding.UTF8.GetString(Unread[frame.Payload..frame.End])
            : throw new WrongAnswerException($"Expected a text message, got a frame {frame.Opcode}.");
        Take(frame.End);
        return text;
    }

    public void WaitUntilReadable()
    {
        if (!_socket.Poll(TimeSpan.FromSeconds(30), SelectMode.SelectRead))
        {
            throw new WrongAnswerException("Nothing came for 30 s.");
        }
    }

    public void Dispose() => _socket.Dispose();

    private void MakeRoom()
    {
        if (_start == 0)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
            return;
        }

        Unread.CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
    }
}
