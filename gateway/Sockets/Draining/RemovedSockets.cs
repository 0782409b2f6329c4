using Yarp.ReverseProxy;

namespace YarpWs.Gateway.Sockets.Draining;

/// <summary>
/// Looks after each change of the routes for sockets whose route or destination is configured no more, and does to them what their route
/// had set (Sockets:OnRemoved). What is configured again before its turn has come stays.
/// </summary>
internal sealed class RemovedSockets(
    RouteChanges changes, IProxyStateLookup proxy, SocketTable table, Drains drains, DrainedDestinations drained, TimeProvider time, ILogger<RemovedSockets> logger)
    : BackgroundService
{
    private readonly List<Drain> _begun = [];

    /// <summary>A socket has opened: what it goes to may have been removed while it was on its way.</summary>
    public void Opened(LiveSocket socket)
    {
        if (socket.Options.OnRemoved != RemovedAction.Keep && IsGone(socket.Origin))
        {
            socket.Close(SocketClose.RouteRemoved);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var _ in changes.ReadAllAsync(stoppingToken))
            {
                Look();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops; what is left is the shutdown's.
        }
    }

    private void Look()
    {
        _begun.ForEach(drains.Stop);
        _begun.Clear();
        drained.Keep(IsConfigured);

        var gone = table.All.Where(socket => !socket.IsLeaving && IsGone(socket.Origin)).ToLookup(socket => socket.Options.OnRemoved);
        foreach (var socket in gone[RemovedAction.Close])
        {
            socket.Close(SocketClose.RouteRemoved);
        }

        foreach (var sockets in gone[RemovedAction.Drain].GroupBy(socket => socket.Options.DrainPerSecond))
        {
            var drain = new Drain(new DrainPlan(SocketClose.RouteRemoved, sockets.Key), time);
            _begun.Add(drain);
            drains.Begin(DrainCause.Removed, "what is configured no more", drain, sockets);
        }

        if (gone.Count == 0)
        {
            return;
        }

        logger.RemovedSocketsFound(gone[RemovedAction.Keep].Count(), gone[RemovedAction.Drain].Count(), gone[RemovedAction.Close].Count());
    }

    private bool IsGone(SocketOrigin origin) =>
        !proxy.TryGetRoute(origin.Route, out _)
        || !proxy.TryGetCluster(origin.Cluster, out var cluster)
        || !cluster.Destinations.TryGetValue(origin.Destination, out var destination)
        || destination.Model.Config.Address != origin.Address;

    private bool IsConfigured(DestinationName name) => proxy.TryGetCluster(name.Cluster, out var cluster) && cluster.Destinations.ContainsKey(name.Id);
}

/// <summary>What becomes of sockets whose route or destination is configured no more.</summary>
internal enum RemovedAction
{
    /// <summary>They live on.</summary>
    Keep,

    /// <summary>They are closed one after another.</summary>
    Drain,

    /// <summary>They are closed at once.</summary>
    Close,
}
