using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>What a proxy needs before its first client comes, and what the first clients cost that come then.</summary>
internal static class StartFigure
{
    private const int Connections = 50;

    /// <summary>Until what the start has left behind is given back, if it is.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan FirstLoad = TimeSpan.FromSeconds(10);

    public static Figure Instance { get; } = new()
    {
        Name = "start",
        Title = $"CPU time of the proxy until it is ready, with a certificate; then its memory after {Rest.TotalSeconds:F0} s without a client, and {FirstLoad.TotalSeconds:F0} s of requests from {Connections} connections",
        Unit = "CPU s",
        Ours = "gateway",
        Contenders = bench => ProxyPeers.Starters([.. ProxyPeers.All, new OneFilePeer()], bench, startAsync => new Run(startAsync, bench.Scale)),
    };

    private sealed class Run(Func<Task<ProxyUnderTest>> startAsync, Scale scale) : IRun
    {
        public Task WarmUpAsync() => Task.CompletedTask;

        public async Task<Measurement> MeasureAsync()
        {
            await using var proxy = await startAsync();
            var untilReady = proxy.CpuSeconds();
            await Task.Delay(scale.Pause(Rest));
            var (atRest, memory) = (proxy.CpuSeconds(), proxy.ResidentBytes());
            using var load = new HttpLoad(proxy.EndPoint, scale.Count(Connections, 4));
            var result = load.RunFor(scale.IsSmoke ? scale.Round : FirstLoad);
            return new Measurement(
                untilReady,
                ("ready after s", proxy.Proxy.Measured.Max(process => process.ReadyAfter.TotalSeconds)),
                ("at rest MiB", memory / 1024.0 / 1024.0),
                ("CPU at rest s", atRest - untilReady),
                ("first µs/request", (proxy.CpuSeconds() - atRest) / result.Units * 1e6),
                ("first p99 µs", result.Latency.Microseconds(0.99)),
                ("first worst ms", result.Latency.Microseconds(1) / 1e3));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
