using System.Diagnostics;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>How the product's own costs grow with what it has to carry. There is no peer; the smallest size is what the others are compared with.</summary>
internal static class GrowthFigures
{
    /// <summary>Groups that the load generator can hold a member of, beside those of the smaller sizes.</summary>
    private static readonly int Most = Limits.OpenFiles - 2000;

    public static IReadOnlyList<Figure> All { get; } =
    [
        new()
        {
            Name = "growth-members",
            Title = "CPU time of room server and Redis for a delivery, by the size of the one group",
            Unit = "µs/delivery",
            Ours = "10 members",
            Contenders = bench => Sizes("member", [10, 100, 1000, 10_000], members => StartAsync(
                bench, 1, bench.Scale.Count(members, 10), (load, servers) => CpuCost.Measure(servers.CpuSeconds, "deliveries", () => load.RunFor(bench.Scale.Round)))),
        },
        new()
        {
            Name = "growth-groups",
            Title = "CPU time of room server and Redis for a message, 1,000 a second over groups of one member, by the number of groups",
            Unit = "µs/message",
            Ours = "1 group",
            Contenders = bench => Sizes("group", [1, 1000, Math.Min(100_000, Most)], groups => StartAsync(
                bench, bench.Scale.Count(groups, 5), 1, (load, servers) => CpuCost.Measure(servers.CpuSeconds, "messages", () => load.RunAtRate(1000, bench.Scale.Round)))),
        },
        new()
        {
            Name = "growth-publishes",
            Title = "Time from one publish of a hub to the next, two room servers on one Redis, by the publishes that are under way at once",
            Unit = "µs/publish",
            Ours = "1 publish",
            Contenders = bench => Sizes("publish", [1, 8, 64, 512], publishes => StartAsync(bench, bench.Scale.Count(publishes, 5), 1, (load, servers) => Publish(bench, load, servers), nodes: 2)),
        },
        new()
        {
            Name = "redis-reconnect",
            Title = "Time until every one of 10,000 groups has heard a message that was sent to it when all connections to Redis were cut",
            Unit = "s",
            Ours = ProductPeer.PeerName,
            Contenders = bench => [new Contender(ProductPeer.PeerName, Redis.Absence, () => StartAsync(bench, bench.Scale.Count(10_000, 5), 1, HearAllAgain))],
        },
        new()
        {
            Name = "mass-reconnect",
            Title = "CPU time of gateway, room server and Redis for a member who comes back, 5,000 at once, 64 under way",
            Unit = "µs/socket",
            Ours = ProductPeer.PeerName,
            Contenders = bench => GroupFigures.Contenders([new ProductPeer(1, hasGateway: true)], bench, (servers, dialect) => new LoadRun(
                servers,
                () => CpuCost.Measure(servers.CpuSeconds, "sockets", () => OpeningLoad.Run(servers.EndPoint, dialect, bench.Scale.Count(5000, 20), 64)))),
        },
    ];

    private static IReadOnlyList<Contender> Sizes(string what, int[] sizes, Func<int, Task<IRun>> startAsync) =>
        [.. sizes.Select(size => new Contender($"{size:N0} {(size == 1 ? what : Plural(what))}", Redis.Absence, () => startAsync(size)))];

    private static string Plural(string what) => what + (what.EndsWith("sh", StringComparison.Ordinal) ? "es" : "s");

    private static async Task<IRun> StartAsync(Bench bench, int groups, int members, Func<GroupLoad, Running, Measurement> measure, int nodes = 1)
    {
        var product = new ProductPeer(nodes, hasGateway: false);
        var servers = await product.StartAsync(bench.Scratch);
        var load = new GroupLoad(servers.EndPoints, product.Dialect, groups, members);
        WarmUp.Run(bench.Scale, servers, time => load.RunFor(time));
        return new LoadRun(servers, () => measure(load, servers), load);
    }

    /// <summary>
    /// Each group has one member, which publishes again when it has heard its last. A server of Redis runs its scripts on one thread: a hub ends where that has no
    /// more time, whatever the room servers could do.
    /// </summary>
    private static Measurement Publish(Bench bench, GroupLoad load, Running servers)
    {
        var redis = RedisOf(servers);
        var (all, redisAlone) = (servers.CpuSeconds(), redis.CpuSeconds());
        var result = load.RunFor(bench.Scale.Round);
        var redisEach = (redis.CpuSeconds() - redisAlone) / result.Units;
        return new Measurement(
            1e6 / result.PerSecond,
            ("publishes/s", result.PerSecond),
            ("p50 µs", result.Latency.Microseconds(0.5)),
            ("p99 µs", result.Latency.Microseconds(0.99)),
            ("CPU µs", (servers.CpuSeconds() - all) / result.Units * 1e6),
            ("of that Redis µs", redisEach * 1e6),
            ("Redis busy %", redisEach * result.PerSecond * 100),
            ("where Redis ends", redisEach > 0 ? 1 / redisEach : 0));
    }

    private static ServerProcess RedisOf(Running servers) => servers.Measured.Single(process => process.Name == Redis.Name);

    private static Measurement HearAllAgain(GroupLoad load, Running servers)
    {
        var undisturbed = load.RunOnce().Elapsed;
        var started = Stopwatch.GetTimestamp();
        RedisCommand.CutEverybody(RedisOf(servers).Port!.Value);
        load.RunOnce();
        return new Measurement(Stopwatch.GetElapsedTime(started).TotalSeconds, ("s without a cut", undisturbed.TotalSeconds));
    }

    private sealed class LoadRun(Running servers, Func<Measurement> measure, IDisposable? load = null) : IRun
    {
        public Task WarmUpAsync()
        {
            measure();
            return Task.CompletedTask;
        }

        public Task<Measurement> MeasureAsync() => Task.FromResult(measure());

        public async ValueTask DisposeAsync()
        {
            load?.Dispose();
            await servers.DisposeAsync();
        }
    }
}
