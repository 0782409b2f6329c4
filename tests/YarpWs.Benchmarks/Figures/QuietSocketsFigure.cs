using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>What a proxy spends on sockets over which as good as nothing goes: wakes, timers, and little to do at each.</summary>
internal static class QuietSocketsFigure
{
    private const int MessageBytes = 64;

    /// <summary>6,000 through each proxy, or as many as this process may hold through all of them at once.</summary>
    private static readonly int Sockets = Math.Min(6_000, (Limits.OpenFiles - 500) / ProxyPeers.All.Count);

    /// <summary>As often as libraries of WebSockets ping by themselves.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    public static Figure Instance { get; } = new()
    {
        Name = "quiet-sockets",
        Title = $"CPU time of the proxy for a message of {MessageBytes} bytes there and back, {Sockets:N0} sockets with one each in {Interval.TotalSeconds:F0} s",
        Unit = "µs/message",
        Ours = "gateway",
        Contenders = bench => ProxyPeers.Contenders(ProxyPeers.All, bench, proxy => new Run(proxy, bench.Scale)),
    };

    private sealed class Run(ProxyUnderTest proxy, Scale scale) : IRun
    {
        private readonly int _sockets = scale.Count(Sockets, 20);
        private readonly EchoLoad _load = new(proxy.EndPoint, scale.Count(Sockets, 20), MessageBytes);

        public Task WarmUpAsync()
        {
            WarmUp.Run(scale, proxy.Proxy, time => _load.RunFor(time));
            return Task.CompletedTask;
        }

        public Task<Measurement> MeasureAsync()
        {
            // While others were measured these sockets were silent, and were pinged.
            _load.RunOnce();
            var before = proxy.CpuSeconds();
            var result = _load.RunAtRate(_sockets / Interval.TotalSeconds, scale.IsSmoke ? TimeSpan.FromSeconds(2) : Interval);
            var spent = proxy.CpuSeconds() - before;
            return Task.FromResult(new Measurement(
                spent / result.Units * 1e6,
                ("% of a processor", spent / result.Elapsed.TotalSeconds * 100),
                ("p50 µs", result.Latency.Microseconds(0.5)),
                ("p99 µs", result.Latency.Microseconds(0.99))));
        }

        public async ValueTask DisposeAsync()
        {
            _load.Dispose();
            await proxy.DisposeAsync();
        }
    }
}
