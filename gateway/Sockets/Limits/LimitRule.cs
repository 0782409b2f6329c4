namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>What a handshake has to fit into: whose limits, and what they are.</summary>
internal sealed record LimitRule(LimitKey Key, int? MaxSockets, Rate? Handshakes)
{
    /// <summary>When a socket will end nobody knows; those who wait for one to are told different numbers of seconds up to this.</summary>
    private const int LongestGuess = 10;

    /// <summary>The first limit that one more would break, and what to answer; null when it fits.</summary>
    public (Limit Limit, LimitRefusal Refusal)? Over(Tally tally, long now, Random random)
    {
        if (tally.Sockets >= MaxSockets)
        {
            var guess = TimeSpan.FromSeconds(random.Next(1, LongestGuess + 1));
            return Key.Scope switch
            {
                LimitScope.Route => (Limit.MaxSockets, LimitRefusal.OfEverybody("No more sockets can be opened here now.", guess)),
                LimitScope.User => (Limit.MaxSocketsPerUser, LimitRefusal.OfClient("This user has as many sockets open as it may.", guess)),
                _ => (Limit.MaxSocketsPerAddress, LimitRefusal.OfClient("As many sockets are open from this address as may be.", guess)),
            };
        }

        if (Handshakes is not { } rate || tally.Handshakes.WaitFor(rate, 1, now) is var wait && wait == TimeSpan.Zero)
        {
            return null;
        }

        return Key.Scope == LimitScope.User
            ? (Limit.HandshakesPerSecondPerUser, LimitRefusal.OfClient("This user opens sockets too fast.", wait))
            : (Limit.HandshakesPerSecondPerAddress, LimitRefusal.OfClient("Sockets are opened too fast from this address.", wait));
    }

    public void Take(Tally tally, long now)
    {
        tally.Sockets++;
        if (Handshakes is { } rate)
        {
            tally.Handshakes.TryTake(rate, 1, now);
        }
    }
}
