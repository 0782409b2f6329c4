using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>What a room server holds for a member that hears nothing.</summary>
internal static class MemberMemoryFigure
{
    private const int Groups = 100;

    /// <summary>10,000, or as many as one process may hold.</summary>
    private static readonly int MembersEach = Math.Min(10_000, Limits.OpenFiles - 500) / Groups;

    /// <summary>Long enough for what a load has left behind to be given back, if it is.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);

    public static Figure Instance { get; } = new()
    {
        Name = "member-memory",
        Title = $"Memory of the room server, without its Redis, for an idle member, {Groups * MembersEach:N0} in {Groups} groups",
        Unit = "KiB/member",
        Ours = ProductPeer.PeerName,
        Targets = [new Target("SignalR", 0.5), new Target("Socket.IO", 0.5)],
        Contenders = bench => [.. new IGroupPeer[] { new ProductPeer(1, hasGateway: false), new SignalRPeer(), new SocketIoPeer() }
            .Select(peer => new Contender(peer.Name, peer.Absence, () => Task.FromResult<IRun>(new Run(peer, bench))))],
    };

    /// <summary>Memory that was taken once is not given back for long, so that every round has a process of its own.</summary>
    private sealed class Run(IGroupPeer peer, Bench bench) : IRun
    {
        public Task WarmUpAsync() => Task.CompletedTask;

        public async Task<Measurement> MeasureAsync()
        {
            await using var servers = await peer.StartAsync(bench.Scratch);
            using (var first = new GroupLoad(servers.EndPoints, peer.Dialect, 2, bench.Scale.Count(100, 2)))
            {
                first.RunFor(bench.Scale.Round);
            }

            await Task.Delay(bench.Scale.IsSmoke ? TimeSpan.Zero : Rest);
            var before = RoomServerBytes(servers);
            using var idle = new GroupLoad(servers.EndPoints, peer.Dialect, bench.Scale.Count(Groups, 2), bench.Scale.Count(MembersEach, 5));
            idle.RunOnce();
            await Task.Delay(bench.Scale.IsSmoke ? TimeSpan.Zero : Rest);
            var after = RoomServerBytes(servers);
            return new Measurement((after - before) / 1024.0 / idle.Members, ("whole process MiB", after / 1024.0 / 1024.0));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static long RoomServerBytes(Running servers) => servers.Measured.Where(process => process.Name != Redis.Name).Sum(process => process.ResidentBytes());
    }
}
