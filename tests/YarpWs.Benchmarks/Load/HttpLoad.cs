using System.Diagnostics;
using System.Net;
using System.Text;
using YarpWs.Benchmarks.Hosted;

namespace YarpWs.Benchmarks.Load;

/// <summary>Kept connections over which one GET follows the other, each answered as the echo server does.</summary>
internal sealed class HttpLoad : IDisposable
{
    private static readonly byte[] Body = Encoding.ASCII.GetBytes(EchoServer.Body);

    private readonly Epoll _epoll = new();
    private readonly WireSocket[] _connections;
    private readonly long[] _since;
    private readonly int[] _ready = new int[512];
    private readonly byte[] _request;

    public HttpLoad(IPEndPoint server, int connections)
    {
        _request = Requests.Get(server, "/open/items?page=1", "Accept: application/json", "User-Agent: bench/1");
        _since = new long[connections];
        _connections = [.. Enumerable.Range(0, connections).Select(_ => WireSocket.Connect(server, 1024))];
        for (var i = 0; i < connections; i++)
        {
            _epoll.Watch(_connections[i].Socket, i);
        }
    }

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
        _connections[index].Send(_request);
    }

    /// <summary>Every answer has the same length and no chunks, so that its end is known when its head is there.</summary>
    private static bool TryTakeAnswer(WireSocket connection)
    {
        if (!connection.Receive() && connection.HasEnded)
        {
            throw new WrongAnswerException("A kept connection was closed.");
        }

        var head = connection.Unread.IndexOf("\r\n\r\n"u8) + 4;
        if (head < 4 || connection.Unread.Length < head + Body.Length)
        {
            return false;
        }

        if (!connection.Unread.StartsWith("HTTP/1.1 200 "u8) || !connection.Unread[head..].SequenceEqual(Body))
        {
            throw new WrongAnswerException($"A wrong answer came: {Encoding.ASCII.GetString(connection.Unread)}");
        }

        connection.Take(head + Body.Length);
        return true;
    }
}
