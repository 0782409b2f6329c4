namespace YarpWs.Benchmarks.Load;

/// <summary>What a load has done: every unit of it was answered, and the answer was right.</summary>
internal sealed record LoadResult(long Units, TimeSpan Elapsed, LatencyHistogram Latency)
{
    public double PerSecond => Units / Elapsed.TotalSeconds;
}
