namespace YarpWs.Backend.Streams;

/// <summary>A position of a hub, and the epoch of the log that it belongs to. Both are microseconds of Redis's clock, or later.</summary>
internal readonly record struct HubPosition(long Epoch, long Position);

/// <summary>The newest position of one hub that this node has seen, from its own publishes or from what it heard. Any thread.</summary>
internal sealed class HubClock
{
    private readonly Lock _lock = new();
    private HubPosition _newest;

    public HubPosition Newest
    {
        get
        {
            lock (_lock)
            {
                return _newest;
            }
        }
    }

    /// <summary>Takes a position that Redis has given. One that is older than the newest changes nothing. Answers the newest before it.</summary>
    public HubPosition Saw(long epoch, long position)
    {
        lock (_lock)
        {
            var before = _newest;
            _newest = new HubPosition(Math.Max(before.Epoch, epoch), Math.Max(before.Position, position));
            return before;
        }
    }
}

/// <summary>The newest message of one group that Redis has taken, as far as this node knows. Any thread.</summary>
internal sealed class GroupClock
{
    private long _newest;

    /// <summary>Its position; 0 when this node knows of none.</summary>
    public long Newest => Volatile.Read(ref _newest);

    public void Saw(long position)
    {
        for (var newest = Newest; newest < position;)
        {
            var before = Interlocked.CompareExchange(ref _newest, position, newest);
            if (before == newest)
            {
                return;
            }

            newest = before;
        }
    }
}
