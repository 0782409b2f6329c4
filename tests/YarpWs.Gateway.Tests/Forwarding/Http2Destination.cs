using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace YarpWs.Gateway.Tests.Forwarding;

/// <summary>A destination that speaks HTTP/2 without TLS, frame by frame (RFC 9113): no library lets a test say which streams it has looked at.</summary>
internal sealed class Http2Destination : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public Http2Destination() => _listener.Start();

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Whether somebody has connected who was not accepted.</summary>
    public bool IsAskedAgain => _listener.Pending();

    /// <summary>Takes the next connection.</summary>
    public async Task<Http2Connection> AcceptAsync()
    {
        var socket = await _listener.AcceptSocketAsync(Deadline.Token());
        socket.NoDelay = true;
        return await Http2Connection.BeginAsync(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>Nobody gets a connection any more; those that are there stay.</summary>
    public void StopListening() => _listener.Stop();

    public void Dispose() => _listener.Dispose();
}

/// <summary>One connection to it.</summary>
internal sealed class Http2Connection : IDisposable
{
    private const int FrameHead = 9;
    private const byte Data = 0, Headers = 1, Settings = 4, Ping = 6, GoAway = 7;
    private const byte Ack = 1, EndStream = 1, EndHeaders = 4;

    /// <summary>The static table's <c>:status 200</c> (RFC 7541, appendix A).</summary>
    private static readonly byte[] Status200 = [0x88];

    private readonly NetworkStream _stream;
    private readonly Dictionary<int, string> _bodies = [];

    private Http2Connection(NetworkStream stream) => _stream = stream;

    public static async Task<Http2Connection> BeginAsync(NetworkStream stream)
    {
        var preface = new byte["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.Length];
        await stream.ReadExactlyAsync(preface, Deadline.Token());
        var connection = new Http2Connection(stream);
        await connection.WriteAsync(Settings, 0, 0, []);
        return connection;
    }

    /// <summary>The next request that has come whole: its stream, and its body.</summary>
    public async Task<(int Stream, string Body)> ReadRequestAsync()
    {
        while (true)
        {
            var head = new byte[FrameHead];
            await _stream.ReadExactlyAsync(head, Deadline.Token());
            var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
            await _stream.ReadExactlyAsync(payload, Deadline.Token());
            var (type, flags, stream) = (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)));
            if (type is Settings or Ping && (flags & Ack) == 0)
            {
                await WriteAsync(type, Ack, 0, type == Ping ? payload : []);
            }
            else if (type is Headers or Data)
            {
                _bodies[stream] = _bodies.GetValueOrDefault(stream, "") + (type == Data ? Encoding.Latin1.GetString(payload) : "");
                if ((flags & EndStream) != 0)
                {
                    return (stream, _bodies[stream]);
                }
            }
        }
    }

    /// <summary>200, without a body.</summary>
    public Task AnswerAsync(int stream) => WriteAsync(Headers, EndHeaders | EndStream, stream, Status200);

    /// <summary>What has come on streams above the last was not looked at, and will not be.</summary>
    public async Task GoAwayAsync(int last)
    {
        var payload = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(payload, last);
        await WriteAsync(GoAway, 0, 0, payload);
    }

    public void Dispose() => _stream.Dispose();

    private async Task WriteAsync(byte type, int flags, int stream, byte[] payload)
    {
        var frame = new byte[FrameHead + payload.Length];
        (frame[0], frame[1], frame[2], frame[3], frame[4]) = ((byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, (byte)flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, FrameHead);
        await _stream.WriteAsync(frame, Deadline.Token());
    }
}
