using System.Collections.Concurrent;

namespace YarpWs.Gateway.Access.Rates;

/// <summary>The buckets of all rates: those of a zone are one for all routes that name it, and outlive a change of the routes. Any thread may call it.</summary>
internal sealed class RateZones(TimeProvider time)
{
    /// <summary>Held by the endpoints of the routes that run. What no route names any more goes with them.</summary>
    private readonly ConcurrentDictionary<string, WeakReference<LeakyBuckets>> _zones = new(StringComparer.Ordinal);

    /// <param name="owner">The route and the place of the rate in it, for one that has no zone.</param>
    /// <param name="rate">What is counted, and how much of it is let in.</param>
    public LeakyBuckets Of(string owner, RequestRate rate)
    {
        foreach (var (name, zone) in _zones)
        {
            if (!zone.TryGetTarget(out _))
            {
                _zones.TryRemove(new(name, zone));
            }
        }

        // One with another rate or key is another zone.
        var id = $"{(rate.Zone is null ? $"of {owner}" : $"named {rate.Zone}")}\n{rate.Key}\n{rate.PerSecond:R}";
        while (true)
        {
            var buckets = new LeakyBuckets(rate.PerSecond, time);
            if (_zones.GetOrAdd(id, _ => new(buckets)).TryGetTarget(out var shared))
            {
                return shared;
            }

            _zones.TryRemove(id, out _);
        }
    }
}
