namespace YarpWs.Platform.Memory;

/// <summary>
/// Says when memory is to be given back: once a process that holds much for nothing has been quiet for a time, with no collection and hardly any
/// work. Giving it back compacts the heap, and nothing else runs meanwhile; so it must be worth a pause, and the pause must be short. How much is
/// held for nothing only a collection tells: where much was allocated since the last one, the next comes first, while the process runs on.
/// </summary>
/// <param name="quiet">How long it has to be quiet.</param>
internal sealed class TrimRule(TimeSpan quiet)
{
    /// <summary>Less is not worth a pause.</summary>
    public const long LeastSpareBytes = 8L * 1024 * 1024;

    /// <summary>A pause takes some 3 ms for each MiB that lives: 0.8 s of this, which a health probe still waits for.</summary>
    public const long MostUsedBytes = 256L * 1024 * 1024;

    /// <summary>Share of one processor with which a process still counts as quiet. The pings of 10,000 members take a fiftieth.</summary>
    public const double QuietCpu = 0.1;

    /// <summary>
    /// After a pause, the next one is so many times as far away as it was long: a process whose little work fills its memory again and again stands
    /// still for a five-hundredth of its time at most.
    /// </summary>
    public const int PausesApart = 500;

    private ProcessState _before;
    private TimeSpan _lookedAt;
    private TimeSpan _quietSince;
    private TimeSpan _notBefore;
    private long _allocatedAtCollection;

    /// <summary>Asked again and again. What is to be done now.</summary>
    /// <param name="state">The process now.</param>
    /// <param name="now">A clock that only goes forward.</param>
    public TrimStep Next(ProcessState state, TimeSpan now)
    {
        var hasCollected = state.Collections != _before.Collections;
        if (hasCollected || state.CpuTime - _before.CpuTime > (now - _lookedAt) * QuietCpu)
        {
            _quietSince = now;
        }

        if (hasCollected)
        {
            _allocatedAtCollection = state.AllocatedBytes;
        }

        (_before, _lookedAt) = (state, now);
        if (now - _quietSince < quiet || now < _notBefore)
        {
            return TrimStep.None;
        }

        var worthwhile = Math.Max(LeastSpareBytes, state.CommittedBytes / 4);
        if (state.AllocatedBytes - _allocatedAtCollection >= worthwhile)
        {
            return TrimStep.Collect;
        }

        return state.UsedBytes <= MostUsedBytes && state.SpareBytes >= worthwhile ? TrimStep.Trim : TrimStep.None;
    }

    /// <summary>Memory was given back, which has taken so long.</summary>
    public void Trimmed(TimeSpan pause, TimeSpan now) => _notBefore = now + (pause * PausesApart);
}

/// <summary>What <see cref="TrimRule"/> asks for.</summary>
internal enum TrimStep
{
    None,

    /// <summary>A collection beside the work, which gives nothing back.</summary>
    Collect,

    /// <summary>A collection that compacts and gives back, while nothing else runs.</summary>
    Trim,
}
