using System.Diagnostics;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>How long a small group waits while a large one is told something.</summary>
internal static class BystanderGroupFigure
{
    private const int Large = 8_000;
    private const int Small = 10;
    private const double PerSecond = 5;

    public static Figure Instance { get; } = new()
    {
        Name = "bystander-group",
        Title = $"Time from a message in a group of {Small} until its sender hears it, through the gateway, while a group of {Large:N0} is told {PerSecond} messages a second, in the middle",
        Unit = "ms",
        Ours = ProductPeer.PeerName,
        Contenders = bench =>
        [
            .. GroupFigures.Contenders([new ProductPeer(1, hasGateway: true)], bench, (servers, dialect) => new Run(servers, dialect, bench.Scale)),
            new Contender("without gateway", Redis.Absence, async () =>
            {
                var peer = new ProductPeer(1, hasGateway: false);
                return new Run(await peer.StartAsync(bench.Scratch), peer.Dialect, bench.Scale);
            }),
        ],
    };

    private sealed class Run : IRun
    {
        private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

        private readonly Running _servers;
        private readonly Scale _scale;
        private readonly Crowd _crowd;
        private readonly WireSocket[] _small;

        public Run(Running servers, IGroupDialect dialect, Scale scale)
        {
            (_servers, _scale) = (servers, scale);
            _small = [.. Enumerable.Range(0, Small).Select(member => WireSocket.OpenWebSocket(servers.EndPoint, dialect.Handshake(servers.EndPoint, "small", member), 512))];
            _crowd = new Crowd(servers.EndPoint, dialect, scale.Count(Large, 40));
        }

        public Task WarmUpAsync()
        {
            _crowd.PerSecond = PerSecond;
            WarmUp.Run(_scale, _servers, time => Watch(time));
            _crowd.PerSecond = 0;
            return Task.CompletedTask;
        }

        public Task<Measurement> MeasureAsync()
        {
            var quiet = Watch(_scale.Round);
            _crowd.PerSecond = PerSecond;
            var before = _crowd.HeardBytes;
            var latency = Watch(_scale.Round);
            _crowd.PerSecond = 0;
            return Task.FromResult(new Measurement(
                latency.Microseconds(0.5) / 1e3,
                ("p99 ms", latency.Microseconds(0.99) / 1e3),
                ("worst ms", latency.Microseconds(1) / 1e3),
                ("without the large group ms", quiet.Microseconds(0.5) / 1e3),
                ("MB/s to the large group", (_crowd.HeardBytes - before) / _scale.Round.TotalSeconds / 1e6)));
        }

        public ValueTask DisposeAsync()
        {
            _crowd.Dispose();
            foreach (var member in _small)
            {
                member.Dispose();
            }

            return _servers.DisposeAsync();
        }

        private LatencyHistogram Watch(TimeSpan duration)
        {
            var message = Frames.FromClient(Opcode.Text, "{\"message\":\"said in the small group\"}"u8);
            var latency = new LatencyHistogram();
            var started = Stopwatch.GetTimestamp();
            do
            {
                var sent = Stopwatch.GetTimestamp();
                _small[0].Send(message);
                Assert(_small[0].ReadText());
                latency.Record(Stopwatch.GetTimestamp() - sent);
                foreach (var other in _small.AsSpan(1))
                {
                    Assert(other.ReadText());
                }

                Thread.Sleep(Pause);
            }
            while (Stopwatch.GetElapsedTime(started) < duration);
            return latency;
        }

        private static void Assert(string heard)
        {
            if (heard != "said in the small group")
            {
                throw new WrongAnswerException($"The small group heard: {heard}");
            }
        }
    }
}
