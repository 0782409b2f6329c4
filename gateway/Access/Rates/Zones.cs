namespace YarpWs.Gateway.Access.Rates;

/// <summary>
/// What limits count in: that of a zone is one for all routes that name it, and outlives a change of the routes. Any thread may call it.
/// </summary>
/// <typeparam name="T">The counts by key.</typeparam>
internal sealed class Zones<T>
    where T : class
{
    private readonly Lock _gate = new();

    /// <summary>The endpoints of the routes that run hold the counts. What no route names any more goes with them.</summary>
    private readonly Dictionary<string, WeakReference<T>> _zones = new(StringComparer.Ordinal);

    /// <param name="zone">The name of the zone; null for the route's own.</param>
    /// <param name="owner">The route and the place of the limit in it, for one that has no zone.</param>
    /// <param name="terms">What all that share a zone have in common: with other terms it is another zone.</param>
    /// <param name="make">Makes the counts of a zone that is new.</param>
    public T Of(string? zone, string owner, string terms, Func<T> make)
    {
        var id = Zones.Id(zone, owner, terms);
        lock (_gate)
        {
            if (_zones.GetValueOrDefault(id) is { } known && known.TryGetTarget(out var shared))
            {
                return shared;
            }

            foreach (var (name, _) in _zones.Where(one => !one.Value.TryGetTarget(out _)).ToList())
            {
                _zones.Remove(name);
            }

            var counts = make();
            _zones[id] = new(counts);
            return counts;
        }
    }
}

internal static class Zones
{
    /// <summary>What tells one zone from the others, on every gateway alike. The parameters are those of <see cref="Zones{T}.Of"/>.</summary>
    public static string Id(string? zone, string owner, string terms) => $"{(zone is null ? $"of {owner}" : $"named {zone}")}\n{terms}";
}
