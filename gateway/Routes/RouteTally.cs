using System.Collections.Concurrent;

namespace YarpWs.Gateway.Routes;

/// <summary>
/// Counts what becomes of requests, by route. A route that is gone is forgotten with the next change, so there are never more counts than
/// routes of two configurations.
/// </summary>
internal sealed class RouteTally
{
    private readonly ConcurrentDictionary<string, Counter> _byRoute = new(StringComparer.OrdinalIgnoreCase);

    public void Count(string route, bool hasFailed)
    {
        var counter = _byRoute.GetOrAdd(route, static _ => new Counter());
        Interlocked.Increment(ref counter.Requests);
        if (hasFailed)
        {
            Interlocked.Increment(ref counter.Failures);
        }
    }

    /// <summary>All that was counted on these routes since the last change.</summary>
    public RouteCounts Of(IEnumerable<string> routes) => routes
        .Select(route => _byRoute.GetValueOrDefault(route))
        .Aggregate(default(RouteCounts), (sum, counter) => counter is null ? sum : sum + new RouteCounts(Interlocked.Read(ref counter.Requests), Interlocked.Read(ref counter.Failures)));

    /// <summary>Begins at 0, with a new configuration.</summary>
    public void Reset() => _byRoute.Clear();

    private sealed class Counter
    {
        public long Requests;
        public long Failures;
    }
}

/// <summary>Requests and failures, of one route or of several.</summary>
internal readonly record struct RouteCounts(long Requests, long Failures)
{
    public double Rate => Requests == 0 ? 0 : (double)Failures / Requests;

    public static RouteCounts operator +(RouteCounts left, RouteCounts right) => new(left.Requests + right.Requests, left.Failures + right.Failures);

    public static RouteCounts operator -(RouteCounts left, RouteCounts right) => new(left.Requests - right.Requests, left.Failures - right.Failures);
}
