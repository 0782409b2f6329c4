using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>What a plain request costs.</summary>
internal static class HttpFigure
{
    private const int Connections = 50;

    public static Figure Instance { get; } = new()
    {
        Name = "http",
        Title = $"CPU time of the proxy for a GET with a small JSON answer, {Connections} kept connections with one request each under way, kept connections to the backend",
        Unit = "µs/request",
        Ours = "gateway",
        Targets = [new Target("nginx", 1.0)],
        Contenders = bench => ProxyPeers.Contenders([.. ProxyPeers.All, new NoProxy()], bench, proxy => new Run(proxy, bench.Scale)),
    };

    private sealed class Run(ProxyUnderTest proxy, Scale scale) : IRun
    {
        private readonly HttpLoad _load = new(proxy.EndPoint, scale.Count(Connections, 4));

        public Task WarmUpAsync()
        {
            WarmUp.Run(scale, proxy.Proxy, time => _load.RunFor(time));
            return Task.CompletedTask;
        }

        public Task<Measurement> MeasureAsync() => Task.FromResult(CpuCost.Measure(proxy.CpuSeconds, "requests", () => _load.RunFor(scale.Round)));

        public async ValueTask DisposeAsync()
        {
            _load.Dispose();
            await proxy.DisposeAsync();
        }
    }
}
