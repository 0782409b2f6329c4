using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;

namespace YarpWs.Benchmarks.Figures;

/// <summary>Measures what a load costs the servers, as most figures do.</summary>
internal static class CpuCost
{
    /// <summary>CPU time per unit of this load in microseconds, from what the servers under test tell of theirs; beside it the rate and the latencies.</summary>
    public static Measurement Measure(Func<double> cpuSeconds, string unit, Func<LoadResult> load)
    {
        var before = cpuSeconds();
        var result = load();
        return new Measurement(
            (cpuSeconds() - before) / result.Units * 1e6,
            ($"{unit}/s", result.PerSecond),
            ("p50 µs", result.Latency.Microseconds(0.5)),
            ("p99 µs", result.Latency.Microseconds(0.99)));
    }
}
