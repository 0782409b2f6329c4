using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>What it costs to give a message to the members of a group.</summary>
internal static class GroupFigures
{
    public static IReadOnlyList<Figure> All { get; } =
    [
        new()
        {
            Name = "groups-50",
            Title = "CPU time of room server and Redis for a delivery, 20 groups of 50",
            Unit = "µs/delivery",
            Ours = ProductPeer.PeerName,
            Targets = [new Target("nchan", 1.0), new Target("SignalR", 0.5)],
            Contenders = bench => Contenders([new ProductPeer(1, hasGateway: false), new NchanPeer(1), new SignalRPeer()], bench, 20, 50),
        },
        new()
        {
            Name = "groups-1000",
            Title = "CPU time of room server and Redis for a delivery, 1 group of 1,000",
            Unit = "µs/delivery",
            Ours = ProductPeer.PeerName,
            Targets = [new Target("nchan", 1.0), new Target("SignalR", 0.5)],
            Contenders = bench => Contenders([new ProductPeer(1, hasGateway: false), new NchanPeer(1), new SignalRPeer()], bench, 1, 1000),
        },
        new()
        {
            Name = "one-node-500",
            Title = "CPU time of room server and Redis for a delivery, 1 group of 500 on one node, beside a server that has no store and no second node",
            Unit = "µs/delivery",
            Ours = ProductPeer.PeerName,
            Targets = [new Target(BunPeer.PeerName, 1.0)],
            Contenders = bench => Contenders([new ProductPeer(1, hasGateway: false), new BunPeer()], bench, 1, 500),
        },
        new()
        {
            Name = "system",
            Title = "CPU time of the whole system (entrance, room server, Redis) for a delivery, 1 group of 50",
            Unit = "µs/delivery",
            Ours = ProductPeer.PeerName,
            Targets = [new Target("original", 0.03)],
            Contenders = bench => Contenders([new ProductPeer(1, hasGateway: true), new DjangoPeer()], bench, 1, 50),
        },
    ];

    /// <summary>Each of these, started once for all rounds.</summary>
    public static IReadOnlyList<Contender> Contenders(IEnumerable<IGroupPeer> peers, Bench bench, Func<Running, IGroupDialect, IRun> run) =>
        [.. Compared(peers, bench).Select(peer => new Contender(peer.Name, peer.Absence, async () => run(await peer.StartAsync(bench.Scratch), peer.Dialect)))];

    /// <summary>Where another build is given, the product and that one in place of the peers.</summary>
    private static IEnumerable<IGroupPeer> Compared(IEnumerable<IGroupPeer> peers, Bench bench) =>
        bench.Before is { } before && peers.OfType<ProductPeer>().FirstOrDefault() is { } product ? [product, product.BuiltIn(before)] : peers;

    private static IReadOnlyList<Contender> Contenders(IEnumerable<IGroupPeer> peers, Bench bench, int groups, int membersEach) =>
        Contenders(peers, bench, (servers, dialect) => new Run(servers, dialect, bench.Scale, groups, membersEach));

    private sealed class Run(Running servers, IGroupDialect dialect, Scale scale, int groups, int membersEach) : IRun
    {
        private readonly GroupLoad _load = new(servers.EndPoints, dialect, scale.Count(groups, Math.Min(groups, 2)), scale.Count(membersEach, 5));

        public Task WarmUpAsync()
        {
            WarmUp.Run(scale, servers, time => _load.RunFor(time));
            return Task.CompletedTask;
        }

        public Task<Measurement> MeasureAsync() => Task.FromResult(CpuCost.Measure(servers.CpuSeconds, "deliveries", () => _load.RunFor(scale.Round)));

        public async ValueTask DisposeAsync()
        {
            _load.Dispose();
            await servers.DisposeAsync();
        }
    }
}
