using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// Knows since when each destination of a cluster has been available: a process that has just come up gets its share bit by bit. Those that
/// are there when the gateway begins have been there all along.
/// </summary>
internal sealed class SlowStart(TimeProvider time)
{
    /// <summary>A share of nothing would never show that the destination can do its work.</summary>
    private const double LeastShare = 0.1;

    private readonly Lock _gate = new();
    private IReadOnlyList<DestinationState>? _available;
    private Dictionary<DestinationState, long> _since = [];

    /// <summary>From a tenth to one.</summary>
    public double ShareOf(DestinationState destination, ClusterState cluster, TimeSpan slowStart)
    {
        lock (_gate)
        {
            Update(cluster.DestinationsState.AvailableDestinations);
            return _since.TryGetValue(destination, out var since)
                ? Math.Clamp(time.GetElapsedTime(since) / slowStart, LeastShare, 1)
                : 1;
        }
    }

    /// <summary>The proxy makes a new list whenever a destination comes, goes, or changes its health.</summary>
    private void Update(IReadOnlyList<DestinationState> available)
    {
        if (ReferenceEquals(available, _available))
        {
            return;
        }

        if (_available is not null)
        {
            var now = time.GetTimestamp();
            var before = _available.ToHashSet();
            _since = available
                .Where(destination => _since.ContainsKey(destination) || !before.Contains(destination))
                .ToDictionary(destination => destination, destination => before.Contains(destination) ? _since[destination] : now);
        }

        _available = available;
    }
}
