using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>What a group holds: the memory of members who are each alone in one, less that of as many members of a single group.</summary>
internal static class GroupMemoryFigure
{
    private static readonly int Most = Math.Min(10_000, Limits.OpenFiles - 500);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);

    public static Figure Instance { get; } = new()
    {
        Name = "group-memory",
        Title = $"Memory of the room server for a group with one message in its log, {Most:N0} of them",
        Unit = "KiB/group",
        Ours = ProductPeer.PeerName,
        Contenders = bench => [new Contender(ProductPeer.PeerName, Redis.Absence, () => Task.FromResult<IRun>(new Run(bench)))],
    };

    private sealed class Run(Bench bench) : IRun
    {
        public Task WarmUpAsync() => Task.CompletedTask;

        public async Task<Measurement> MeasureAsync()
        {
            var count = bench.Scale.Count(Most, 10);
            var alone = await HeldByAsync(count, 1);
            var together = await HeldByAsync(1, count);
            return new Measurement(
                (alone.Backend - together.Backend) / 1024.0 / count,
                ("in Redis KiB/group", (alone.Redis - together.Redis) / 1024.0 / count));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private async Task<(long Backend, long Redis)> HeldByAsync(int groups, int membersEach)
        {
            var product = new ProductPeer(1, hasGateway: false);
            await using var servers = await product.StartAsync(bench.Scratch);
            using var load = new GroupLoad(servers.EndPoints, product.Dialect, groups, membersEach);
            load.RunOnce();
            await Task.Delay(bench.Scale.IsSmoke ? TimeSpan.Zero : Rest);
            return (
                servers.Measured.Where(process => process.Name != Redis.Name).Sum(process => process.ResidentBytes()),
                servers.Measured.Where(process => process.Name == Redis.Name).Sum(process => process.ResidentBytes()));
        }
    }
}
