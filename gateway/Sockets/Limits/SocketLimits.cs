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
    /// Takes a place for a socket before its handshake goes anywhere. One that is refused has taken nothing. Where limits are only
    /// counted everybody gets a place.
    /// </summary>
    public (SocketPlace? Place, LimitRefusal? Refusal) Enter(Applicant applicant)
    {
        Claim[] claims = [.. applicant.Claims()];
        List<(Claim Claim, Tally Tally)> counted = [];
        List<(Limit Limit, LimitRefusal Refusal)> over = [];
        var isEnforced = applicant.Limits.Limits == LimitMode.Enforce;
        var now = time.GetTimestamp();
        lock (_gate)
        {
            foreach (var claim in claims)
            {
                if (Find(claim.Key) is { } tally)
                {
                    counted.Add((claim, tally));
                    over.AddRange(claim.Over(tally, now, random) is { } broken ? [broken] : []);
                }
            }

            if (over.Count == 0 || !isEnforced)
            {
                counted.ForEach(one => one.Claim.Take(one.Tally, now));
            }
        }

        if (counted.Count < claims.Length)
        {
            report.Over(applicant.Route, Limit.Tallies, LimitAction.Uncounted);
        }

        if (over.Count > 0 && isEnforced)
        {
            report.Over(applicant.Route, over[0].Limit, LimitAction.Refused);
            return (null, over[0].Refusal);
        }

        over.ForEach(broken => report.Over(applicant.Route, broken.Limit, LimitAction.Counted));
        return (new SocketPlace(this, counted, MessageLimits.Of(applicant, Of(LimitScope.User), Of(LimitScope.Address), report, time)), null);

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

    /// <summary>Gives a place back.</summary>
    public void Leave(SocketPlace place)
    {
        lock (_gate)
        {
            foreach (var tally in place.Tallies)
            {
                tally.Sockets--;
            }
        }
    }

    /// <summary>
    /// Drops what says nothing any more: nobody has a socket, and every bucket is full again. Handshakes wait for it, for 50 ms when all of
    /// 200,000 go at once.
    /// </summary>
    public void Forget()
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            foreach (var (key, tally) in _tallies)
            {
                if (tally.IsBlank(now))
                {
                    _tallies.Remove(key);
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
