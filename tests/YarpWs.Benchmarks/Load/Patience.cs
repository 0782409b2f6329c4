using System.Diagnostics;

namespace YarpWs.Benchmarks.Load;

/// <summary>How long a load waits for the next answer of all those that are under way before it counts them as lost.</summary>
internal sealed class Patience(string what)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private long _since = Stopwatch.GetTimestamp();

    /// <summary>How long to sleep at most between two looks.</summary>
    public static TimeSpan Step { get; } = TimeSpan.FromSeconds(1);

    /// <param name="answers">How many have come since the last look.</param>
    /// <exception cref="WrongAnswerException">None has come for too long.</exception>
    public void Look(int answers)
    {
        if (answers > 0)
        {
            _since = Stopwatch.GetTimestamp();
        }
        else if (Stopwatch.GetElapsedTime(_since) > Limit)
        {
            throw new WrongAnswerException($"No {what} came for {Limit.TotalSeconds} s, and some were under way.");
        }
    }
}
