namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>
/// A token bucket without a timer: all it knows is when it will be full again. What it holds now, and whether that is enough, follows from
/// the clock and the <see cref="Rate"/> that the caller names, so a changed rate holds at once. Any thread may call it at any time.
/// </summary>
/// <remarks>In any span of time, what was taken is at most the burst and what the rate gives in that span.</remarks>
internal sealed class TokenBucket(TimeProvider time)
{
    /// <summary>What is taken at once counts as no more than this; no rate's burst takes longer to come back.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private long _fullAt;

    /// <summary>How long until <paramref name="count"/> can be taken; zero when that is now. More than the burst can never be.</summary>
    public TimeSpan WaitFor(Rate rate, long count, long now) => Span(Owed(rate, After(Volatile.Read(ref _fullAt), rate, count, now), now));

    /// <summary>Takes them, or nothing when they are not all there.</summary>
    public bool TryTake(Rate rate, long count, long now)
    {
        while (true)
        {
            var fullAt = Volatile.Read(ref _fullAt);
            var after = After(fullAt, rate, count, now);
            if (Owed(rate, after, now) > 0)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _fullAt, after, fullAt) == fullAt)
            {
                return true;
            }
        }
    }

    /// <summary>Takes them whether they are there or not, and returns how long it is until what was owed has come in.</summary>
    public TimeSpan Take(Rate rate, long count, long now)
    {
        while (true)
        {
            var fullAt = Volatile.Read(ref _fullAt);
            var after = After(fullAt, rate, count, now);
            if (Interlocked.CompareExchange(ref _fullAt, after, fullAt) == fullAt)
            {
                return Span(Owed(rate, after, now));
            }
        }
    }

    public bool IsFull(long now) => Volatile.Read(ref _fullAt) <= now;

    public TimeSpan UntilFull(long now) => Span(Volatile.Read(ref _fullAt) - now);

    private long After(long fullAt, Rate rate, long count, long now) => Math.Max(fullAt, now) + Ticks(count / rate.PerSecond);

    private long Owed(Rate rate, long fullAt, long now) => fullAt - now - Ticks(rate.Burst / rate.PerSecond);

    /// <summary>Rounded up: what is not there yet is never zero away.</summary>
    private TimeSpan Span(long ticks) =>
        ticks <= 0 ? TimeSpan.Zero : TimeSpan.FromTicks((long)Math.Ceiling((double)ticks * TimeSpan.TicksPerSecond / time.TimestampFrequency));

    /// <summary>Rounded down, so that a burst of thirds of a second is not refused its last.</summary>
    private long Ticks(double seconds) => (long)(Math.Min(seconds, Longest.TotalSeconds) * time.TimestampFrequency);
}
