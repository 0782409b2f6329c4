namespace YarpWs.Backend.Streams;

/// <summary>A position of a hub, and the epoch of the log that it belongs to. Both are microseconds of Redis's clock, or later.</summary>
internal readonly record struct HubPosition(long Epoch, long Position);

/// <summary>
/// The newest position of one hub that this node has seen, from its own publishes or from what it heard; and the clock of the Redis server that holds the hub. Any thread.
/// </summary>
internal sealed class HubClock
{
    private long _epoch;
    private long _position;
    private long _ahead = long.MaxValue;

    /// <summary>While another thread tells of a new epoch, this may be the position with the epoch before it. A publisher may say so: what it then claims to have seen is less.</summary>
    public HubPosition Newest => new(Volatile.Read(ref _epoch), Volatile.Read(ref _position));

    /// <summary>What the clock of Redis will show at most, in microseconds, at a moment of this node's own time; 0 while Redis has not told it.</summary>
    public long ClockAt(long moment) => Volatile.Read(ref _ahead) is var ahead and not long.MaxValue ? moment + ahead : 0;

    /// <summary>
    /// Takes what the clock of Redis has shown, after a moment of this node's own time. What was longer under way says less: it counts only where Redis has said
    /// that this node's notion is wrong.
    /// </summary>
    public void ShowedClock(long clock, long after, bool isCorrection)
    {
        if (isCorrection || clock - after < Volatile.Read(ref _ahead))
        {
            Volatile.Write(ref _ahead, clock - after);
        }
    }

    /// <summary>Takes a position that Redis has given. One that is older than the newest changes nothing. Answers the newest before it.</summary>
    public HubPosition Saw(long epoch, long position)
    {
        var before = Newest;
        Latest.Advance(ref _position, position);
        Latest.Advance(ref _epoch, epoch);
        return before;
    }
}

/// <summary>The newest message of one group that Redis has taken, as far as this node knows. Any thread.</summary>
internal sealed class GroupClock
{
    private long _newest;

    /// <summary>Its position; 0 when this node knows of none.</summary>
    public long Newest => Volatile.Read(ref _newest);

    public void Saw(long position) => Latest.Advance(ref _newest, position);
}

/// <summary>Numbers that only rise, whichever thread writes them.</summary>
file static class Latest
{
    public static void Advance(ref long latest, long value)
    {
        for (var known = Volatile.Read(ref latest); known < value;)
        {
            var before = Interlocked.CompareExchange(ref latest, value, known);
            if (before == known)
            {
                return;
            }

            known = before;
        }
    }
}
