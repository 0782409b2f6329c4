using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using YarpWs.Benchmarks.Load;

namespace YarpWs.Benchmarks.Hosted;

/// <summary>
/// The backend behind the gateways that are compared: it accepts WebSockets and sends back each message, and answers any other request
/// with the same short body, or with a long one. One thread, so that it takes as little as can be from the server under test.
/// </summary>
internal sealed class EchoServer : IDisposable
{
    private const int BufferBytes = 1024;
    private const int UploadBufferBytes = 64 * 1024;

    /// <summary>What a request that is no WebSocket handshake is answered with.</summary>
    public const string Body = "{\"status\":\"ok\",\"items\":[1,2,3,4,5,6,7,8,9,10],\"message\":\"the answer of a small service\"}";

    /// <summary>Where <see cref="Large"/> is the answer.</summary>
    public const string LargeTarget = "/open/large";

    /// <summary>1 MiB. A request that has a body has so much of the beginning of this one as it says.</summary>
    public static readonly byte[] Large = [.. Enumerable.Range(0, 1 << 20).Select(at => (byte)('a' + (at % 26)))];

    private static readonly byte[] Answer = AnswerOf(Encoding.ASCII.GetBytes(Body));
    private static readonly byte[] LargeAnswer = AnswerOf(Large);
    private static readonly byte[] LargeStart = Encoding.ASCII.GetBytes($"GET {LargeTarget} ");

    private readonly Epoll _epoll = new();
    private readonly List<Client?> _clients = [null];
    private readonly Stack<int> _free = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Serves until the process ends.</summary>
    public void Run(int port)
    {
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen(4096);
        _listener.Blocking = false;
        _epoll.Watch(_listener, 0);
        var ready = new int[512];
        while (true)
        {
            foreach (var key in ready.AsSpan(0, _epoll.Wait(ready, TimeSpan.FromSeconds(60))))
            {
                if (key == 0)
                {
                    Accept();
                }
                else if (_clients[key] is { } client && !Serve(client))
                {
                    client.Wire.Dispose();
                    _clients[key] = null;
                    _free.Push(key);
                }
            }
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _epoll.Dispose();
    }

    private void Accept()
    {
        // Readable means that one waits; epoll tells again when more do.
        var client = new Client(new WireSocket(_listener.Accept(), BufferBytes));
        if (!_free.TryPop(out var key))
        {
            key = _clients.Count;
            _clients.Add(null);
        }

        _clients[key] = client;
        _epoll.Watch(client.Wire.Socket, key);
    }

    /// <summary>False when the client is done.</summary>
    private static bool Serve(Client client)
    {
        var wire = client.Wire;
        try
        {
            if (!wire.Receive())
            {
                return !wire.HasEnded;
            }

            return client.IsWebSocket ? Echo(wire) : Respond(client);
        }
        catch (WrongAnswerException)
        {
            // The other end has cut the connection; the load generator is the one who judges.
            return false;
        }
    }

    private static byte[] AnswerOf(byte[] body) =>
        [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];

    private static bool Respond(Client client)
    {
        var wire = client.Wire;
        while (client.Uploaded is not null ? TakeBody(client) : wire.Unread.IndexOf("\r\n\r\n"u8) >= 0)
        {
            if (client.Uploaded is not null)
            {
                client.Uploaded = null;
                wire.Send(Answer);
                continue;
            }

            var head = wire.Unread[..(wire.Unread.IndexOf("\r\n\r\n"u8) + 2)];
            var key = ValueIn(head, "\r\nsec-websocket-key: "u8);
            var isLarge = head.StartsWith(LargeStart);
            var bodyLength = ValueIn(head, "\r\ncontent-length: "u8) is { } text ? LengthOf(text) : 0;
            wire.Take(head.Length + 2);
            if (key is not null)
            {
                client.IsWebSocket = true;
                wire.Send(Handshakes.Accept(key));
                return Echo(wire);
            }

            if (bodyLength > 0)
            {
                (client.Uploaded, client.UploadLength) = (0, bodyLength);
                wire.Grow(Math.Min(bodyLength, UploadBufferBytes));
            }
            else
            {
                wire.Send(isLarge ? LargeAnswer : Answer);
            }
        }

        return true;
    }

    private static int LengthOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= Large.Length ? length : throw new WrongAnswerException($"A body of {text} came.");

    /// <summary>Checks what has come of a body, and says whether that was the rest of it.</summary>
    private static bool TakeBody(Client client)
    {
        var wire = client.Wire;
        var at = client.Uploaded!.Value;
        var count = Math.Min(wire.Unread.Length, client.UploadLength - at);
        if (!wire.Unread[..count].SequenceEqual(Large.AsSpan(at, count)))
        {
            throw new WrongAnswerException("A body came that was not the one that was sent.");
        }

        wire.Take(count);
        client.Uploaded = at + count;
        return client.Uploaded == client.UploadLength;
    }

    private static bool Echo(WireSocket wire)
    {
        while (FrameShape.TryRead(wire.Unread, out var frame))
        {
            var payload = wire.Unread[frame.Payload..frame.End];
            Frames.Apply(wire.Unread.Slice(frame.Mask, 4), payload);
            var opcode = frame.Opcode == Opcode.Ping ? Opcode.Pong : frame.Opcode;
            if (opcode != Opcode.Pong || frame.Opcode == Opcode.Ping)
            {
                // In place: a server's header is four bytes shorter than the client's that it replaces.
                var reply = wire.Unread[4..frame.End];
                wire.Unread[..frame.Mask].CopyTo(reply);
                reply[0] = (byte)(0x80 | (int)opcode);
                reply[1] &= 0x7F;
                wire.Send(reply);
            }

            wire.Take(frame.End);
            if (opcode == Opcode.Close)
            {
                return false;
            }
        }

        return true;
    }

    /// <param name="head">With the ends of its lines.</param>
    /// <param name="name">In small letters, between the end of the line before and the value.</param>
    private static string? ValueIn(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        for (var start = head.IndexOf("\r\n"u8); start >= 0 && start + name.Length < head.Length;)
        {
            var line = head[start..];
            if (Ascii.EqualsIgnoreCase(line[..name.Length], name))
            {
                var value = line[name.Length..];
                return Encoding.ASCII.GetString(value[..value.IndexOf("\r\n"u8)]);
            }

            start += 2 + line[2..].IndexOf("\r\n"u8);
        }

        return null;
    }

    private sealed class Client(WireSocket wire)
    {
        public WireSocket Wire => wire;

        public bool IsWebSocket { get; set; }

        /// <summary>How much of the body of its request has come; null when none is coming.</summary>
        public int? Uploaded { get; set; }

        /// <summary>How much of it there is.</summary>
        public int UploadLength { get; set; }
    }
}
