using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>How long a message is on its way from one member to another, across nodes.</summary>
internal static class PublishLatencyFigure
{
    private const int Groups = 20;
    private const int MembersEach = 10;

    public static Figure Instance { get; } = new()
    {
        Name = "publish-latency",
        Title = $"Time from publishing to hearing, p99, {Groups} groups of {MembersEach} over two nodes (the product's behind its gateway), at half of the rate that the product can do",
        Unit = "µs",
        Ours = ProductPeer.PeerName,
        Targets = [new Target("nchan", 1.0)],
        Contenders = bench =>
        {
            var pace = new Pace();
            return GroupFigures.Contenders(
                [new ProductPeer(2, hasGateway: true), new NchanPeer(2)],
                bench,
                (servers, dialect) => new Run(servers, dialect, bench.Scale, pace));
        },
    };

    private sealed class Run(Running servers, IGroupDialect dialect, Scale scale, Pace pace) : IRun
    {
        private readonly GroupLoad _load = new(servers.EndPoints, dialect, scale.Count(Groups, 2), scale.Count(MembersEach, 4));

        public Task WarmUpAsync()
        {
            WarmUp.Run(scale, servers, time => _load.RunFor(time));
            pace.PerSecond ??= _load.RunFor(scale.Round).PerSecond / 2;
            return Task.CompletedTask;
        }

        public Task<Measurement> MeasureAsync()
        {
            var before = servers.CpuSeconds();
            var result = _load.RunAtRate(pace.PerSecond!.Value, scale.Round);
            return Task.FromResult(new Measurement(
                result.Latency.Microseconds(0.99),
                ("p50 µs", result.Latency.Microseconds(0.5)),
                ("CPU µs/delivery", (servers.CpuSeconds() - before) / result.Units * 1e6),
                ("deliveries/s", result.PerSecond)));
        }

        public async ValueTask DisposeAsync()
        {
            _load.Dispose();
            await servers.DisposeAsync();
        }
    }
}
