using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace YarpWs.Benchmarks.Load;

/// <summary>
/// One end of a TCP connection, with TLS or without, and a buffer of what has come and was not taken yet. Reads never wait; it is for one thread.
/// </summary>
internal sealed class WireSocket : IDisposable
{
    private readonly Socket _socket;
    private readonly TlsClient.Session? _tls;
    private byte[] _buffer;
    private int _start;
    private int _end;

    /// <param name="socket">Owned from here on.</param>
    /// <param name="bufferBytes">Grows when something longer comes.</param>
    /// <param name="tls">Speaks TLS over it; null for none.</param>
    public WireSocket(Socket socket, int bufferBytes, TlsClient? tls = null)
    {
        _socket = socket;
        _socket.NoDelay = true;
        _socket.Blocking = false;
        _buffer = new byte[bufferBytes];
        _tls = tls?.Over(socket);
    }

    public Socket Socket => _socket;

    /// <summary>Whether the other end has closed its side.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>What has come and was not taken, in place: it may be changed.</summary>
    public Span<byte> Unread => _buffer.AsSpan(_start.._end);

    /// <summary>Connects, and does TLS's handshake where it is wanted.</summary>
    public static WireSocket Connect(IPEndPoint server, int bufferBytes, TlsClient? tls = null)
    {
        var wire = Begin(server, bufferBytes, tls);
        while (!wire.TrySecure())
        {
            wire.WaitUntilReadable();
        }

        return wire;
    }

    /// <summary>Connects; <see cref="TrySecure"/> is what remains to be done.</summary>
    public static WireSocket Begin(IPEndPoint server, int bufferBytes, TlsClient? tls)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(server);
        return new WireSocket(socket, bufferBytes, tls);
    }

    /// <summary>Sends a handshake, as <see cref="Requests.Handshake"/> writes it, and waits for its 101.</summary>
    public static WireSocket OpenWebSocket(IPEndPoint server, ReadOnlySpan<byte> request, int bufferBytes, TlsClient? tls = null)
    {
        var wire = Connect(server, bufferBytes, tls);
        wire.Send(request);
        var head = wire.ReadHead();
        return head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal) ? wire : throw new WrongAnswerException($"Expected 101, got: {head}");
    }

    /// <summary>Goes on with TLS's handshake, once; false while it waits for the server. Without TLS there is nothing to do.</summary>
    public bool TrySecure() => _tls?.TryConnect() ?? true;

    /// <summary>Reads what is there; false when there is nothing, or the other end has closed.</summary>
    public bool Receive()
    {
        var before = _end - _start;
        do
        {
            if (_end == _buffer.Length)
            {
                MakeRoom();
            }

            if (ReceiveOnce(_buffer.AsSpan(_end)) is not { } count)
            {
                break;
            }

            HasEnded = count == 0;
            _end += count;
        }
        while (!HasEnded && _tls is { HasPending: true });
        return _end - _start > before;
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
            var sent = TrySend(bytes);
            if (sent == 0)
            {
                _socket.Poll(TimeSpan.FromSeconds(1), SelectMode.SelectWrite);
            }

            bytes = bytes[sent..];
        }
    }

    /// <summary>Sends as much as the system takes now. What is left has to come next.</summary>
    public int TrySend(ReadOnlySpan<byte> bytes)
    {
        if (_tls is not null)
        {
            return _tls.Write(bytes) ?? 0;
        }

        var sent = _socket.Send(bytes, SocketFlags.None, out var error);
        return error switch
        {
            SocketError.Success => sent,
            SocketError.WouldBlock => 0,
            _ => throw new WrongAnswerException($"A connection was cut: {error}."),
        };
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

    /// <summary>Makes room for so many bytes that were not taken yet.</summary>
    public void Grow(int bytes)
    {
        if (_buffer.Length < bytes)
        {
            Array.Resize(ref _buffer, bytes);
        }
    }

    public void Dispose()
    {
        _tls?.Dispose();
        _socket.Dispose();
    }

    /// <summary>0 when the other end has closed, null when nothing is there.</summary>
    private int? ReceiveOnce(Span<byte> buffer)
    {
        if (_tls is not null)
        {
            return _tls.Read(buffer);
        }

        var count = _socket.Receive(buffer, SocketFlags.None, out var error);
        return error switch
        {
            SocketError.Success => count,
            SocketError.WouldBlock => null,
            _ => throw new WrongAnswerException($"A connection was cut: {error}."),
        };
    }

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
