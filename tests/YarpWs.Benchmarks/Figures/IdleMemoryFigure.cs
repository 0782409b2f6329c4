using System.Diagnostics;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>What a proxy holds for a WebSocket over which nothing goes.</summary>
internal static class IdleMemoryFigure
{
    /// <summary>10,000, or as many as a proxy may hold.</summary>
    private static readonly int Most = Math.Min(10_000, Limits.ProxiedSockets);

    /// <summary>Long enough for what a load has left behind to be given back, if it is.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);

    public static Figure Instance { get; } = new()
    {
        Name = "idle-memory",
        Title = $"Memory of the proxy for an idle WebSocket, {Most:N0} of them",
        Unit = "KiB/socket",
        Ours = "gateway",
        Targets = [new Target("nginx", 1.0)],
        Contenders = bench => ProxyPeers.Starters(ProxyPeers.All, bench, startAsync => new Run(startAsync, bench.Scale)),
    };

    public static Figure Tls { get; } = Instance with
    {
        IsLikeAnother = true,
        Name = "idle-memory-tls",
        Title = $"{Instance.Title}, over TLS",
        Targets = [new Target("nginx", 0.6)],
        Contenders = bench => ProxyPeers.Starters(
            ProxyPeers.All, bench, startAsync => new Run(startAsync, bench.Scale, () => ServerCertificate.NewClient(bench.Scratch))),
    };

    /// <summary>Memory that was taken once is not given back for long, so that every round has a process of its own.</summary>
    private sealed class Run(Func<Task<ProxyUnderTest>> startAsync, Scale scale, Func<TlsClient>? newClient = null) : IRun
    {
        public Task WarmUpAsync() => Task.CompletedTask;

        public async Task<Measurement> MeasureAsync()
        {
            await using var proxy = await startAsync();
            using var tls = newClient?.Invoke();
            var server = tls is null ? proxy.EndPoint : proxy.TlsEndPoint;
            using (var first = new EchoLoad(server, scale.Count(200, 2), 64, tls))
            {
                first.RunFor(scale.Round);
            }

            await Task.Delay(scale.Pause(Rest));
            var before = proxy.ResidentBytes();
            var count = scale.Count(Most, 20);
            var started = Stopwatch.GetTimestamp();
            using var idle = new EchoLoad(server, count, 64, tls);
            var opening = Stopwatch.GetElapsedTime(started);
            idle.RunOnce();
            await Task.Delay(scale.Pause(Rest));
            var after = proxy.ResidentBytes();
            idle.RunOnce();
            return new Measurement(
                (after - before) / 1024.0 / count,
                ("whole process MiB", after / 1024.0 / 1024.0),
                ("opened/s, one by one", count / opening.TotalSeconds));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
