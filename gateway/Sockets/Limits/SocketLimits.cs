namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>
/// Keeps count of sockets and handshakes, for each route, user and address that has a limit, and says who may come in. Counts are exact:
/// one lock, held for a few lookups and never while anything is written, makes "is there room" and "take it" one step.
/// </summary>
internal sealed class SocketLimits(LimitReport report, TimeProvider time, Random random)
{
    /// <summary>
    /// Users and addresses that count is kept of at once: some 300 bytes each, 60 MB in all, and more than have sockets on one gateway.
    /// Who comes when it is full is let in without limits of its own; the route's hold, and what is idle is forgotten within seconds.
    /// Refusing instead would let one network full of addresses keep everybody out.
    /// </summary>
    public const int MaxTallies = 200_000;

    /// <summary>Tallies that are looked at under one hold of the gate.</summary>
    private const int SliceLength = 1_000;

    /// <summary>Into how many seconds those who come back are spread, or into as many as one takes: who must wait longer has given up.</summary>
    private const double LongestReturn = 60;

    private readonly Lock _gate = new();
    private readonly Dictionary<LimitKey, Tally> _tallies = [];

    /// <summary>How many routes, users and addresses count is kept of.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _tallies.Count;
            }
        }
    }

    /// <summary>
    /// Takes a slot for a socket before its handshake goes anywhere. One that is refused has taken nothing. Where limits are only
    /// counted, every socket gets a slot.
    /// </summary>
    public (SocketSlot? Slot, LimitRefusal? Refusal) Enter(LimitSubject subject)
    {
        LimitRule[] rules = [.. subject.Rules()];
        List<(LimitRule Claim, Tally Tally)> counted = [];
        List<(Limit Limit, LimitRefusal Refusal)> over = [];
        var isEnforced = subject.Limits.Limits == LimitMode.Enforce;
        var now = time.GetTimestamp();
        lock (_gate)
        {
            foreach (var rule in rules)
            {
                if (Find(rule.Key) is { } tally)
                {
                    counted.Add((rule, tally));
                    over.AddRange(rule.Over(tally, now, random) is { } broken ? [broken] : []);
                }
            }

            if (over.Count == 0 || !isEnforced)
            {
                counted.ForEach(one => one.Claim.Take(one.Tally, now));
            }
        }

        if (counted.Count < rules.Length)
        {
            report.Over(subject.Route, Limit.Tallies, LimitAction.Uncounted);
        }

        if (over.Count > 0 && isEnforced)
        {
            report.Over(subject.Route, over[0].Limit, LimitAction.Refused);
            return (null, over[0].Refusal);
        }

        over.ForEach(broken => report.Over(subject.Route, broken.Limit, LimitAction.Counted));
        return (new SocketSlot(this, counted, MessageLimits.Of(subject, Of(LimitScope.User), Of(LimitScope.Address), report, time)), null);

        Tally? Of(LimitScope scope) => counted.Find(one => one.Claim.Key.Scope == scope).Tally;
    }

    /// <summary>
    /// Counts a handshake that is about to go to a destination, the first or a further one; null when it may. Who is refused is told a
    /// turn of its own to come back, as many a second as the rate allows, so that those who obey find room when they do.
    /// </summary>
    public LimitRefusal? Pass(string route, LimitOptions limits)
    {
        if (limits.HandshakesPerSecond is not { } rate)
        {
            return null;
        }

        var now = time.GetTimestamp();
        TimeSpan turn;
        lock (_gate)
        {
            var everybody = Find(LimitKey.Everybody(route))!;
            if (everybody.Handshakes.TryTake(rate, 1, now))
            {
                return null;
            }

            everybody.Returns.TryTake(rate with { Burst = Math.Max(1, LongestReturn * rate.PerSecond) }, 1, now);
            turn = everybody.Returns.UntilFull(now);
        }

        if (limits.Limits == LimitMode.Count)
        {
            report.Over(route, Limit.HandshakesPerSecond, LimitAction.Counted);
            return null;
        }

        // Several gateways, and clients that were refused in the same moment, must not tell the same second.
        report.Over(route, Limit.HandshakesPerSecond, LimitAction.Refused);
        return LimitRefusal.OfEverybody("Too many sockets are being opened here now.", turn + TimeSpan.FromSeconds(random.NextDouble()));
    }

    /// <summary>Gives a slot back.</summary>
    public void Leave(SocketSlot slot)
    {
        lock (_gate)
        {
            foreach (var tally in slot.Tallies)
            {
                tally.Sockets--;
            }
        }
    }

    /// <summary>
    /// Drops what says nothing any more: nobody has a socket, and every bucket is full again. Handshakes wait for one slice of it at most, which takes a fraction of a
    /// millisecond, and for the copy of all keys, some two milliseconds with 200,000.
    /// </summary>
    public void Forget()
    {
        LimitKey[] keys;
        lock (_gate)
        {
            keys = [.. _tallies.Keys];
        }

        foreach (var slice in keys.Chunk(SliceLength))
        {
            var now = time.GetTimestamp();
            lock (_gate)
            {
                foreach (var key in slice)
                {
                    if (_tallies.TryGetValue(key, out var tally) && tally.IsBlank(now))
                    {
                        _tallies.Remove(key);
                    }
                }
            }
        }
    }

    /// <summary>Null for a user or address too many. Routes are as many as the operator wrote. Called under the gate.</summary>
    private Tally? Find(LimitKey key)
    {
        if (!_tallies.TryGetValue(key, out var tally) && (_tallies.Count < MaxTallies || key.Scope == LimitScope.Route))
        {
            _tallies.Add(key, tally = new Tally(time));
        }

        return tally;
    }
}

/// <summary>
/// One socket among those that limits count, from before its handshake goes to a destination until it is over. The part that took
/// it gives it back by disposing of it, once.
/// </summary>
internal sealed class SocketSlot(SocketLimits limits, IReadOnlyList<(LimitRule Claim, Tally Tally)> taken, MessageLimits? messages) : IDisposable
{
    public IEnumerable<Tally> Tallies => taken.Select(one => one.Tally);

    /// <summary>What may be sent over the socket; null when there is no limit.</summary>
    public MessageLimits? Messages => messages;

    public void Dispose() => limits.Leave(this);
}
