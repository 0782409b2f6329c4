using System.Diagnostics;
using System.Numerics;

namespace YarpWs.Benchmarks.Load;

/// <summary>Counts durations in steps of at most 1.6 %, without allocating.</summary>
internal sealed class LatencyHistogram
{
    private const int BitsPerStep = 6;
    private const int StepsPerPower = 1 << BitsPerStep;

    private readonly long[] _counts = new long[64 * StepsPerPower];

    public long Count { get; private set; }

    /// <param name="ticks">A difference of <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void Record(long ticks)
    {
        var value = (ulong)Math.Max(ticks, 1) << BitsPerStep;
        var power = BitOperations.Log2(value);
        _counts[(power * StepsPerPower) + (int)((value >> (power - BitsPerStep)) & (StepsPerPower - 1))]++;
        Count++;
    }

    /// <summary>The duration that this share of all stays under, in microseconds.</summary>
    public double Microseconds(double share)
    {
        var wanted = (long)Math.Ceiling(Count * share);
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted && seen > 0)
            {
                var power = i / StepsPerPower;
                var value = (double)(((ulong)(StepsPerPower + (i % StepsPerPower))) << (power - BitsPerStep)) / StepsPerPower;
                return value * 1_000_000 / Stopwatch.Frequency;
            }
        }

        return double.NaN;
    }
}
