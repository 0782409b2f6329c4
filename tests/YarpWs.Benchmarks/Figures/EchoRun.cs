using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>Echo load through one proxy, with each socket's next message sent as soon as its last one is back.</summary>
/// <param name="proxy">The proxy.</param>
/// <param name="scale">How long.</param>
/// <param name="sockets">How many.</param>
/// <param name="messageBytes">The size of a message.</param>
/// <param name="tls">Whoever speaks TLS on them, and belongs to this; null for none.</param>
internal sealed class EchoRun(ProxyUnderTest proxy, Scale scale, int sockets, int messageBytes, TlsClient? tls = null) : IRun
{
    private readonly EchoLoad _load = new(tls is null ? proxy.EndPoint : proxy.TlsEndPoint, scale.Count(sockets, 4), messageBytes, tls);

    public Task WarmUpAsync()
    {
        WarmUp.Run(scale, proxy.Proxy, time => _load.RunFor(time));
        return Task.CompletedTask;
    }

    public Task<Measurement> MeasureAsync()
    {
        var (before, beforeBackend) = (proxy.CpuSeconds(), proxy.Backend.CpuSeconds());
        var result = _load.RunFor(scale.Round);
        return Task.FromResult(new Measurement(
            (proxy.CpuSeconds() - before) / result.Units * 1e6,
            ("messages/s", result.PerSecond),
            ("p50 µs", result.Latency.Microseconds(0.5)),
            ("p99 µs", result.Latency.Microseconds(0.99)),
            ("echo server µs", (proxy.Backend.CpuSeconds() - beforeBackend) / result.Units * 1e6)));
    }

    public async ValueTask DisposeAsync()
    {
        _load.Dispose();
        tls?.Dispose();
        await proxy.DisposeAsync();
    }
}
