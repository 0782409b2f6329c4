using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Text;
using YarpWs.Benchmarks.Hosted;
using YarpWs.Tests.Support;

namespace YarpWs.Benchmarks.Load;

/// <summary>HTTP/2 connections (RFC 9113) on which a stream begins as soon as another has ended, each a GET that is answered with the same body.</summary>
internal sealed class Http2Load : IDisposable
{
    private readonly Epoll _epoll = new();
    private readonly Http2Connection[] _connections;
    private readonly int _streams;
    private readonly int[] _ready = new int[512];

    public Http2Load(IPEndPoint server, int connections, int streams, TlsClient tls)
    {
        _streams = streams;
        _connections = [.. Enumerable.Range(0, connections).Select(_ => new Http2Connection(server, tls))];
        for (var i = 0; i < connections; i++)
        {
            _epoll.Watch(_connections[i].Wire.Socket, i);
        }
    }

    /// <summary>So many streams on each connection are under way.</summary>
    public LoadResult RunFor(TimeSpan duration)
    {
        var latency = new LatencyHistogram();
        var started = Stopwatch.GetTimestamp();
        foreach (var connection in _connections)
        {
            connection.Ask(_streams);
        }

        var patience = new Patience("answer");
        for (var waiting = _connections.Length * _streams; waiting > 0;)
        {
            var answered = 0;
            foreach (var index in _ready.AsSpan(0, _epoll.Wait(_ready, Patience.Step)))
            {
                var count = _connections[index].Receive(latency);
                answered += count;
                if (Stopwatch.GetElapsedTime(started) < duration)
                {
                    _connections[index].Ask(count);
                }
                else
                {
                    waiting -= count;
                }
            }

            patience.Look(answered);
        }

        return new LoadResult(latency.Count, Stopwatch.GetElapsedTime(started), latency);
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Wire.Dispose();
        }

        _epoll.Dispose();
    }

    private sealed class Http2Connection
    {
        private const int HeaderBytes = 9;

        private static readonly byte[] Expected = Encoding.ASCII.GetBytes(EchoServer.Body);

        /// <summary>What a client says first: no table for headers, so that answers are read without one, and windows that are never used up here.</summary>
        private static readonly byte[] Preface =
        [
            .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
            .. Frame(Http2Wire.Settings, 0, 0, [0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]),
            .. Frame(Http2Wire.WindowUpdate, 0, 0, [0x7F, 0, 0, 0]),
        ];

        private readonly byte[] _request;
        private readonly Dictionary<int, Stream> _open = [];
        private readonly List<byte> _sending = [];
        private int _lastId = -1;

        public Http2Connection(IPEndPoint server, TlsClient tls)
        {
            _request = Frame(Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, 0, Http2Wire.Block(
                (":method", "GET"), (":scheme", "https"), (":path", "/open/items?page=1"), (":authority", "localhost"), ("accept", "application/json"), ("user-agent", "bench/1")));
            Wire = WireSocket.Connect(server, 64 * 1024, tls);
            Wire.Send(Preface);
        }

        public WireSocket Wire { get; }

        /// <summary>Begins so many streams, and sends what else has to be sent.</summary>
        public void Ask(int count)
        {
            var now = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++)
            {
                _lastId += 2;
                BinaryPrimitives.WriteInt32BigEndian(_request.AsSpan(5), _lastId);
                _sending.AddRange(_request);
                _open[_lastId] = new Stream(now, 0, false);
            }

            Wire.Send(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_sending));
            _sending.Clear();
        }

        /// <summary>Reads what has come and checks it; says how many answers that were.</summary>
        public int Receive(LatencyHistogram latency)
        {
            if (!Wire.Receive() && Wire.HasEnded)
            {
                throw new WrongAnswerException("A connection was closed.");
            }

            var (count, now) = (0, Stopwatch.GetTimestamp());
            while (Wire.Unread.Length >= HeaderBytes)
            {
                var header = Wire.Unread;
                var end = HeaderBytes + ((header[0] << 16) | (header[1] << 8) | header[2]);
                if (header.Length < end)
                {
                    break;
                }

                var (type, flags, id) = (header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header[5..]));
                if (Take(type, flags, id, header[HeaderBytes..end]) is { } since)
                {
                    latency.Record(now - since);
                    count++;
                }

                Wire.Take(end);
            }

            return count;
        }

        /// <summary>When the stream began that ends with this frame; null when none does.</summary>
        private long? Take(byte type, byte flags, int id, ReadOnlySpan<byte> payload)
        {
            switch (type)
            {
                case Http2Wire.Headers when _open.TryGetValue(id, out var stream) && (flags & Http2Wire.EndHeaders) != 0 && IsOk(payload):
                    _open[id] = stream with { IsAnswered = true };
                    return End(id, flags);
                case Http2Wire.Data when _open.TryGetValue(id, out var stream) && stream.IsAnswered && Expected.AsSpan(stream.Received).StartsWith(payload):
                    _open[id] = stream with { Received = stream.Received + payload.Length };
                    return End(id, flags);
                case Http2Wire.Settings or Http2Wire.Ping when (flags & Http2Wire.Ack) == 0:
                    _sending.AddRange(Frame(type, Http2Wire.Ack, 0, type == Http2Wire.Ping ? payload : []));
                    return null;
                case Http2Wire.Settings or Http2Wire.Ping or Http2Wire.WindowUpdate:
                    return null;
                default:
                    throw new WrongAnswerException($"An unexpected frame came: type {type}, flags {flags}, stream {id}: {Convert.ToHexString(payload[..Math.Min(payload.Length, 200)])}");
            }
        }

        private long? End(int id, byte flags)
        {
            if ((flags & Http2Wire.EndStream) == 0)
            {
                return null;
            }

            _open.Remove(id, out var stream);
            return stream.Received == Expected.Length ? stream.Since : throw new WrongAnswerException($"A body of {stream.Received} bytes came.");
        }

        /// <summary>Index 8 of the static table, perhaps behind a new size of the other one (RFC 7541, sections 6.1 and 6.3).</summary>
        private static bool IsOk(ReadOnlySpan<byte> block) => block[(block[0] & 0xE0) == 0x20 ? 1 : 0] == 0x88;

        private static byte[] Frame(byte type, int flags, int stream, ReadOnlySpan<byte> payload)
        {
            var frame = new byte[HeaderBytes + payload.Length];
            BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
            (frame[3], frame[4]) = (type, (byte)flags);
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
            payload.CopyTo(frame.AsSpan(HeaderBytes));
            return frame;
        }

        private readonly record struct Stream(long Since, int Received, bool IsAnswered);
    }
}
