namespace YarpWs.Benchmarks.Measuring;

/// <summary>How long and how much is measured.</summary>
internal sealed record Scale
{
    public required int Rounds { get; init; }

    /// <summary>A run that only shows that the harness works: everything is tiny and no time means anything.</summary>
    public required bool IsSmoke { get; init; }

    /// <summary>Load before the first round, on each contender, at least.</summary>
    public TimeSpan WarmUp => IsSmoke ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(20);

    /// <summary>Load on one contender in one round.</summary>
    public TimeSpan Round => IsSmoke ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(3);

    /// <summary>The time in which something comes to rest; none in a smoke run.</summary>
    public TimeSpan Pause(TimeSpan full) => IsSmoke ? TimeSpan.Zero : full;

    /// <summary>So many, or few in a smoke run.</summary>
    public int Count(int full, int smoke) => IsSmoke ? smoke : full;
}
