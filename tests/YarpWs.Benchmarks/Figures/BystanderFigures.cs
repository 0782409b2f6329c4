using System.Diagnostics;
using System.Net;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>How long a client waits who sends a message now and then, while another one takes all it can get.</summary>
internal static class BystanderFigures
{
    private const int FloodConnections = 8;
    private const int MessageBytes = 64;
    private const string Worst = "worst ms";

    public static IReadOnlyList<Figure> All { get; } =
    [
        Of("bystander-requests", $"{FloodConnections} connections send GET /nowhere without end", Plain, proxy => OpenRequests(proxy.EndPoint)),
        Of("bystander-frames", $"{FloodConnections} WebSockets send messages of 8 bytes without end", Plain, proxy => OpenFrames(proxy.EndPoint)),
        Of("bystander-tls", $"{FloodConnections} connections do TLS handshakes without end", Secure, proxy => new TlsFlood(proxy.TlsEndPoint, FloodConnections)),
        Of("bystander-streams", $"{FloodConnections} HTTP/2 connections have 100 streams each without end", Secure, proxy => new StreamFlood(proxy.TlsEndPoint, FloodConnections)),
    ];

    private static IReadOnlyList<IProxyPeer> Secure => [new GatewayPeer(), new PlainYarpPeer()];

    private static IReadOnlyList<IProxyPeer> Plain => [new GatewayPeer(), new NginxPeer(), new PlainYarpPeer()];

    private static Figure Of(string name, string flood, IReadOnlyList<IProxyPeer> peers, Func<Running, IFlood> open) => new()
    {
        Name = name,
        Title = $"Round trip of a message of {MessageBytes} bytes over an open WebSocket while {flood}, in the middle",
        Unit = "ms",
        Ours = "gateway",
        Targets = [new Target("plain YARP", 2.0), new Target("plain YARP", 2.0, Worst)],
        Contenders = bench => ProxyPeers.Contenders(peers, bench, proxy => new Run(proxy, bench.Scale, open)),
    };

    private static Flood OpenRequests(IPEndPoint server) => new(
        FloodConnections, () => WireSocket.Connect(server, 64 << 10), Requests.Get(server, "/nowhere"));

    private static Flood OpenFrames(IPEndPoint server) => new(
        FloodConnections, () => WireSocket.OpenWebSocket(server, Requests.Handshake(server, "/open/echo"), 64 << 10), Frames.FromClient(Opcode.Text, "message."u8));

    private sealed class Run(ProxyUnderTest proxy, Scale scale, Func<Running, IFlood> open) : IRun
    {
        /// <summary>Between two messages: a client that is not in a hurry.</summary>
        private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

        public Task WarmUpAsync()
        {
            using var flood = open(proxy.Proxy);
            WarmUp.Run(scale, proxy.Proxy, time => Watch(time));
            return Task.CompletedTask;
        }

        public Task<Measurement> MeasureAsync()
        {
            var quiet = Watch(scale.Round);
            using var flood = open(proxy.Proxy);
            var before = flood.Served;
            var latency = Watch(scale.Round);
            return Task.FromResult(new Measurement(
                latency.Microseconds(0.5) / 1e3,
                ("p99 ms", latency.Microseconds(0.99) / 1e3),
                (Worst, latency.Microseconds(1) / 1e3),
                ("without flood ms", quiet.Microseconds(0.5) / 1e3),
                ("served to the flood/s", (flood.Served - before) / scale.Round.TotalSeconds)));
        }

        public ValueTask DisposeAsync() => proxy.DisposeAsync();

        /// <summary>Opens its socket anew each time: one that is in the same loop as the flood by chance is not so in every round.</summary>
        private LatencyHistogram Watch(TimeSpan duration)
        {
            var request = Requests.Handshake(proxy.EndPoint, "/open/echo");
            using var socket = new EchoSocket(WireSocket.OpenWebSocket(proxy.EndPoint, request, 1024), MessageBytes, number: 0);
            var latency = new LatencyHistogram();
            var started = Stopwatch.GetTimestamp();
            do
            {
                socket.Send(Stopwatch.GetTimestamp());
                while (socket.Waiting > 0)
                {
                    socket.Wire.WaitUntilReadable();
                    socket.Receive(latency);
                }

                Thread.Sleep(Pause);
            }
            while (Stopwatch.GetElapsedTime(started) < duration);
            return latency;
        }
    }
}
