using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>How much later a message is back because a proxy stands in its way.</summary>
internal static class LatencyFigure
{
    private const int Sockets = 50;
    private const int MessageBytes = 64;

    public static Figure Instance { get; } = new()
    {
        Name = "latency",
        Title = $"Latency that the proxy adds to a message of {MessageBytes} bytes there and back, p99, {Sockets} sockets at half of the rate that the gateway can do",
        Unit = "µs",
        Ours = "gateway",
        Targets = [new Target("nginx", 1.0)],
        Contenders = bench =>
        {
            var pace = new Pace();
            return ProxyPeers.Contenders(ProxyPeers.All, bench, proxy => new Run(proxy, bench.Scale, pace));
        },
    };

    private sealed class Run(ProxyUnderTest proxy, Scale scale, Pace pace) : IRun
    {
        private readonly EchoLoad _through = new(proxy.EndPoint, scale.Count(Sockets, 4), MessageBytes);
        private readonly EchoLoad _past = new(proxy.Backend.EndPoint, scale.Count(Sockets, 4), MessageBytes);

        public Task WarmUpAsync()
        {
            _past.RunFor(scale.Round);
            WarmUp.Run(scale, proxy.Proxy, time => _through.RunFor(time));
            pace.PerSecond ??= _through.RunFor(scale.Round).PerSecond / 2;
            return Task.CompletedTask;
        }

        public Task<Measurement> MeasureAsync()
        {
            var past = _past.RunAtRate(pace.PerSecond!.Value, scale.Round);
            var before = proxy.CpuSeconds();
            var through = _through.RunAtRate(pace.PerSecond!.Value, scale.Round);
            return Task.FromResult(new Measurement(
                through.Latency.Microseconds(0.99) - past.Latency.Microseconds(0.99),
                ("p50 added µs", through.Latency.Microseconds(0.5) - past.Latency.Microseconds(0.5)),
                ("p99 without proxy µs", past.Latency.Microseconds(0.99)),
                ("CPU µs/message", (proxy.CpuSeconds() - before) / through.Units * 1e6),
                ("messages/s", through.PerSecond)));
        }

        public async ValueTask DisposeAsync()
        {
            _through.Dispose();
            _past.Dispose();
            await proxy.DisposeAsync();
        }
    }
}
