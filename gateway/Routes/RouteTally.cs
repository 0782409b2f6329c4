using System.Collections.Concurrent;
using YarpWs.Gateway.Routes.Balancing;

namespace YarpWs.Gateway.Routes;

/// <summary>
/// Counts what becomes of requests, by route and client. A route that is gone is forgotten with the next change, so there are never more counts
/// than routes of two configurations. Any thread may call it.
/// </summary>
internal sealed class RouteTally
{
    /// <summary>Clients told apart on one route, some 100 bytes each; those that come later count as one. Enough to tell one from several.</summary>
    private const int MaxClients = 200;

    private readonly ConcurrentDictionary<string, ConcurrentDictionary<ClientKey, Counter>> _byRoute = new(StringComparer.OrdinalIgnoreCase);

    public void Count(string route, ClientKey client, DestinationFailure failure)
    {
        var clients = _byRoute.GetOrAdd(route, static _ => new());
        if (!clients.TryGetValue(client, out var counter))
        {
            // Count takes all of the dictionary's locks, but only for a client that is new here.
            counter = clients.GetOrAdd(clients.Count < MaxClients ? client : default, static _ => new Counter());
        }

        Interlocked.Increment(ref counter.Requests);
        if (failure != DestinationFailure.None)
        {
            Interlocked.Increment(ref counter.Failures);
        }

        if (failure == DestinationFailure.NotReached)
        {
            Interlocked.Increment(ref counter.NotReached);
        }
    }

    /// <summary>All that was counted on these routes since the last change.</summary>
    public RouteCounts Of(IEnumerable<string> routes)
    {
        var clients = routes
            .SelectMany(route => _byRoute.GetValueOrDefault(route)?.ToArray() ?? [])
            .GroupBy(one => one.Key, one => one.Value)
            .Select(client => (Requests: client.Sum(one => one.Requests), Failures: client.Sum(one => one.Failures), NotReached: client.Sum(one => one.NotReached)))
            .ToList();
        return clients.Count == 0 ? default : new RouteCounts(
            clients.Sum(client => client.Requests),
            clients.Sum(client => client.Failures),
            clients.Count(client => client.Failures > 0),
            clients.Average(client => (double)client.Failures / client.Requests),
            clients.Average(client => (double)client.NotReached / client.Requests));
    }

    /// <summary>Begins at 0, with a new configuration.</summary>
    public void Reset() => _byRoute.Clear();

    private sealed class Counter
    {
        public long Requests;
        public long Failures;
        public long NotReached;
    }
}

/// <summary>What became of the requests on some routes, as far as it says anything about them.</summary>
/// <param name="Requests">Those that were answered well, and those that failed.</param>
/// <param name="Failures">Those that failed through no fault of a client's.</param>
/// <param name="FailedClients">How many clients met a failure.</param>
/// <param name="FailedShare">The share of its requests that failed, of the average client: a client that asks a thousand times counts once.</param>
/// <param name="NotReachedShare">The same for failures that no client can cause.</param>
internal readonly record struct RouteCounts(long Requests, long Failures, int FailedClients, double FailedShare, double NotReachedShare)
{
    /// <summary>The share that may be held against the routes: what one client could have caused may not, unless several met it.</summary>
    public double Rate => FailedClients >= DestinationFailures.SeveralClients ? FailedShare : NotReachedShare;
}
