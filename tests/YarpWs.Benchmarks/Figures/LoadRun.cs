using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>What a load costs one proxy.</summary>
/// <param name="proxy">The proxy, which belongs to this.</param>
/// <param name="scale">How long.</param>
/// <param name="unit">What the load counts.</param>
/// <param name="load">Runs for the time that it is given.</param>
/// <param name="owned">What else ends with this, in this order.</param>
internal sealed class LoadRun(ProxyUnderTest proxy, Scale scale, string unit, Func<TimeSpan, LoadResult> load, params IReadOnlyList<IDisposable> owned) : IRun
{
    public Task WarmUpAsync()
    {
        WarmUp.Run(scale, proxy.Proxy, time => load(time));
        return Task.CompletedTask;
    }

    public Task<Measurement> MeasureAsync() => Task.FromResult(CpuCost.Measure(proxy.CpuSeconds, unit, () => load(scale.Round)));

    public async ValueTask DisposeAsync()
    {
        foreach (var item in owned)
        {
            item.Dispose();
        }

        await proxy.DisposeAsync();
    }
}
