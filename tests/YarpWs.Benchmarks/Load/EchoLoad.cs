using System.Diagnostics;
using System.Net;

namespace YarpWs.Benchmarks.Load;

/// <summary>Open WebSockets over which messages go to an echo server and back, driven from one thread.</summary>
internal sealed class EchoLoad : IDisposable
{
    private readonly Epoll _epoll = new();
    private readonly EchoSocket[] _sockets;
    private readonly int[] _ready = new int[512];

    public EchoLoad(IPEndPoint server, int sockets, int messageBytes, TlsClient? tls = null)
    {
        var request = Requests.Handshake(server, "/open/echo");
        _sockets = new EchoSocket[sockets];
        for (var i = 0; i < sockets; i++)
        {
            var wire = WireSocket.OpenWebSocket(server, request, messageBytes + 64, tls);
            _sockets[i] = new EchoSocket(wire, messageBytes, i);
            _epoll.Watch(wire.Socket, i);
        }
    }

    /// <summary>Each socket sends its next message as soon as the echo of its last one is there.</summary>
    public LoadResult RunFor(TimeSpan duration)
    {
        var latency = new LatencyHistogram();
        var started = Stopwatch.GetTimestamp();
        var end = started + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        foreach (var socket in _sockets)
        {
            socket.Send(Stopwatch.GetTimestamp());
        }

        var patience = new Patience("echo");
        for (var waiting = _sockets.Length; waiting > 0;)
        {
            var count = 0;
            foreach (var index in WaitForSockets(Patience.Step))
            {
                var received = _sockets[index].Receive(latency);
                count += received;
                waiting -= received;
                var now = Stopwatch.GetTimestamp();
                if (now < end && _sockets[index].Waiting == 0)
                {
                    _sockets[index].Send(now);
                    waiting++;
                }
            }

            patience.Look(count);
        }

        return new LoadResult(latency.Count, Stopwatch.GetElapsedTime(started), latency);
    }

    /// <summary>Each socket sends one message and gets it back.</summary>
    public LoadResult RunOnce() => RunFor(TimeSpan.Zero);

    /// <summary>Messages are sent at their times, one socket after the other, whether or not earlier ones are back; latency counts from that time.</summary>
    public LoadResult RunAtRate(double perSecond, TimeSpan duration)
    {
        var latency = new LatencyHistogram();
        var interval = Stopwatch.Frequency / perSecond;
        var total = (long)(perSecond * duration.TotalSeconds);
        var started = Stopwatch.GetTimestamp();
        var patience = new Patience("echo");
        for (long sent = 0, received = 0; received < total;)
        {
            var now = Stopwatch.GetTimestamp();
            for (; sent < total && started + (long)(sent * interval) <= now; sent++)
            {
                _sockets[sent % _sockets.Length].Send(started + (long)(sent * interval));
            }

            var next = sent < total
                ? TimeSpan.FromSeconds(Math.Max(0, started + (sent * interval) - Stopwatch.GetTimestamp()) / Stopwatch.Frequency)
                : Patience.Step;
            var before = received;
            foreach (var index in WaitForSockets(next))
            {
                received += _sockets[index].Receive(latency);
            }

            patience.Look((int)(received - before));
        }

        return new LoadResult(latency.Count, Stopwatch.GetElapsedTime(started), latency);
    }

    public void Dispose()
    {
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }

        _epoll.Dispose();
    }

    private ReadOnlySpan<int> WaitForSockets(TimeSpan timeout) => _ready.AsSpan(0, _epoll.Wait(_ready, timeout));
}
