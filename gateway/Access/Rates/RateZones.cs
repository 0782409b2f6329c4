namespace YarpWs.Gateway.Access.Rates;

/// <summary>The buckets of all rates: those of a zone are one for all routes that name it, and outlive a change of the routes. Any thread may call it.</summary>
internal sealed class RateZones(TimeProvider time)
{
    private readonly Lock _gate = new();

    /// <summary>The endpoints of the routes that run hold the buckets. What no route names any more goes with them.</summary>
    private readonly Dictionary<string, WeakReference<LeakyBuckets>> _zones = new(StringComparer.Ordinal);

    /// <param name="owner">The route and the place of the rate in it, for one that has no zone.</param>
    /// <param name="rate">What is counted, and how much of it is let in.</param>
    public LeakyBuckets Of(string owner, RequestRate rate)
    {
        // One with another rate or key is another zone.
        var id = $"{(rate.Zone is null ? $"of {owner}" : $"named {rate.Zone}")}\n{rate.Key}\n{rate.PerSecond:R}";
        lock (_gate)
        {
            if (_zones.GetValueOrDefault(id) is { } known && known.TryGetTarget(out var shared))
            {
                return shared;
            }

            foreach (var (name, _) in _zones.Where(zone => !zone.Value.TryGetTarget(out _)).ToList())
            {
                _zones.Remove(name);
            }

            var buckets = new LeakyBuckets(rate.PerSecond, time);
            _zones[id] = new(buckets);
            return buckets;
        }
    }
}
