using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using YarpWs.Benchmarks.Hosted;

namespace YarpWs.Benchmarks.Load;

/// <summary>Kept connections over which one request follows the other, each answered with the same body.</summary>
internal sealed class HttpLoad : IDisposable
{
    private readonly byte[] _body;
    private readonly byte[] _decoded;
    private readonly Epoll _epoll = new();
    private readonly WireSocket[] _connections;
    private readonly long[] _since;
    private readonly int[] _sent;
    private readonly int[] _ready = new int[512];
    private readonly byte[] _request;

    /// <summary>The body is the echo server's.</summary>
    public HttpLoad(IPEndPoint server, int connections, TlsClient? tls = null)
        : this(server, connections, Get(server, "/open/items?page=1"), Encoding.ASCII.GetBytes(EchoServer.Body), tls)
    {
    }

    /// <param name="server">Who is asked.</param>
    /// <param name="connections">How many connections there are.</param>
    /// <param name="request">What is asked, the bytes of it.</param>
    /// <param name="body">What each answer holds, in chunks or not.</param>
    /// <param name="tls">With which TLS is spoken; null for none.</param>
    public HttpLoad(IPEndPoint server, int connections, byte[] request, byte[] body, TlsClient? tls = null)
    {
        _body = body;
        _request = request;
        _decoded = new byte[body.Length];
        _since = new long[connections];
        _sent = new int[connections];
        _connections = [.. Enumerable.Range(0, connections).Select(_ => WireSocket.Connect(server, body.Length + 1024, tls))];
        for (var i = 0; i < connections; i++)
        {
            _epoll.Watch(_connections[i].Socket, i);
        }
    }

    public static byte[] Get(IPEndPoint server, string target) => Requests.Get(server, target, "Accept: application/json", "User-Agent: bench/1");

    public LoadResult RunFor(TimeSpan duration)
    {
        var latency = new LatencyHistogram();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < _connections.Length; i++)
        {
            Send(i);
        }

        var patience = new Patience("answer");
        for (var waiting = _connections.Length; waiting > 0;)
        {
            var count = _epoll.Wait(_ready, Patience.Step);
            patience.Look(count);
            foreach (var index in _ready.AsSpan(0, count))
            {
                if (_sent[index] < _request.Length)
                {
                    SendRest(index);
                }

                if (TryTakeAnswer(_connections[index]))
                {
                    latency.Record(Stopwatch.GetTimestamp() - _since[index]);
                    waiting--;
                    if (Stopwatch.GetElapsedTime(started) < duration)
                    {
                        Send(index);
                        waiting++;
                    }
                }
            }
        }

        return new LoadResult(latency.Count, Stopwatch.GetElapsedTime(started), latency);
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }

        _epoll.Dispose();
    }

    private void Send(int index)
    {
        _since[index] = Stopwatch.GetTimestamp();
        _sent[index] = _connections[index].TrySend(_request);
        if (_sent[index] < _request.Length)
        {
            _epoll.WatchWrites(_connections[index].Socket, index, areWanted: true);
        }
    }

    private void SendRest(int index)
    {
        _sent[index] += _connections[index].TrySend(_request.AsSpan(_sent[index]));
        if (_sent[index] == _request.Length)
        {
            _epoll.WatchWrites(_connections[index].Socket, index, areWanted: false);
        }
    }

    /// <summary>Every answer has the same body, so that its end is known when its head is there.</summary>
    private bool TryTakeAnswer(WireSocket connection)
    {
        if (!connection.Receive() && connection.HasEnded)
        {
            throw new WrongAnswerException("A kept connection was closed.");
        }

        var head = connection.Unread.IndexOf("\r\n\r\n"u8) + 4;
        if (head < 4 || connection.Unread.Length < head + _body.Length)
        {
            return false;
        }

        var body = connection.Unread[head..];
        var length = _body.Length;
        if (connection.Unread[..head].IndexOf("chunked"u8) >= 0)
        {
            if (!TryDecode(connection.Unread[head..], out length))
            {
                return false;
            }

            body = _decoded;
        }

        if (!connection.Unread.StartsWith("HTTP/1.1 200 "u8) || !body.SequenceEqual(_body))
        {
            throw new WrongAnswerException($"A wrong answer came: {Encoding.ASCII.GetString(connection.Unread[..Math.Min(connection.Unread.Length, 1_000)])}");
        }

        connection.Take(head + length);
        return true;
    }

    /// <summary>Puts chunks together (RFC 9112, section 7.1); false while the last has not come.</summary>
    /// <param name="chunks">What has come behind the head.</param>
    /// <param name="length">What it takes on the wire.</param>
    private bool TryDecode(ReadOnlySpan<byte> chunks, out int length)
    {
        for (var (at, decoded) = (0, 0); ;)
        {
            length = 0;
            var line = chunks[at..].IndexOf("\r\n"u8);
            if (line < 0)
            {
                return false;
            }

            if (!int.TryParse(chunks.Slice(at, line), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var size) || decoded + size > _decoded.Length)
            {
                throw new WrongAnswerException("A chunk came that is none, or more than the whole answer.");
            }

            at += line + 2;
            if (chunks.Length < at + size + 2)
            {
                return false;
            }

            if (size == 0)
            {
                length = at + 2;
                return true;
            }

            chunks.Slice(at, size).CopyTo(_decoded.AsSpan(decoded));
            (at, decoded) = (at + size + 2, decoded + size);
        }
    }
}
