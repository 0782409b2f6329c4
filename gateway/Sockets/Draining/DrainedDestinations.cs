using System.Collections.Immutable;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Sockets.Draining;

/// <summary>
/// The destinations that the operator has taken out. Nothing new goes there, and their sockets are closed at a rate. They stay out, over
/// changes of the routes too, until they are put back or are configured no more. A restart of the gateway forgets them.
/// </summary>
internal sealed class DrainedDestinations(SocketTable table, Drains drains, TimeProvider time)
{
    private readonly Lock _gate = new();

    /// <summary>Replaced as a whole: every request reads it, and hardly ever is there anything in it.</summary>
    private volatile ImmutableDictionary<DestinationName, DrainedDestination> _all = ImmutableDictionary<DestinationName, DrainedDestination>.Empty;

    public DrainedDestination? Find(DestinationName name) => _all.GetValueOrDefault(name);

    /// <summary>Those of a cluster's destinations that are not taken out.</summary>
    public IReadOnlyList<DestinationState> Without(string cluster, IReadOnlyList<DestinationState> destinations)
    {
        var drained = _all;
        return drained.IsEmpty || !destinations.Any(IsDrained) ? destinations : [.. destinations.Where(destination => !IsDrained(destination))];

        bool IsDrained(DestinationState destination) => drained.ContainsKey(new DestinationName(cluster, destination.DestinationId));
    }

    /// <summary>Takes a destination out. One that is out already is drained anew, by the new plan.</summary>
    public DrainedDestination Drain(DestinationName name, DrainPlan plan)
    {
        lock (_gate)
        {
            StopDrain(name);

            // Nothing new goes there before its sockets are looked up; who is on the way in is added when it arrives.
            var drained = new DrainedDestination(time.GetUtcNow(), new Drain(plan, time));
            _all = _all.SetItem(name, drained);
            drains.Begin(DrainCause.Destination, $"destination {name}", drained.Drain, table.All.Where(socket => socket.Origin.DestinationName == name));
            return drained;
        }
    }

    /// <summary>Puts a destination back; its sockets that were not told stay. False when it was not out.</summary>
    public bool PutBack(DestinationName name)
    {
        lock (_gate)
        {
            StopDrain(name);
            var isOut = _all.ContainsKey(name);
            _all = _all.Remove(name);
            return isOut;
        }
    }

    /// <summary>Forgets those that are configured no more; what becomes of their sockets is <see cref="RemovedSockets"/>' business.</summary>
    public void Keep(Func<DestinationName, bool> isConfigured)
    {
        lock (_gate)
        {
            foreach (var name in _all.Keys.Where(name => !isConfigured(name)))
            {
                StopDrain(name);
                _all = _all.Remove(name);
            }
        }
    }

    /// <summary>A socket has opened: it may have been on its way when its destination was taken out.</summary>
    public void Opened(LiveSocket socket) => Find(socket.Origin.DestinationName)?.Drain.Add(socket);

    private void StopDrain(DestinationName name)
    {
        if (Find(name) is { } drained)
        {
            drains.Stop(drained.Drain);
        }
    }
}

/// <summary>A destination that the operator has taken out.</summary>
/// <param name="Since">When.</param>
/// <param name="Drain">Closes the sockets that it had.</param>
internal sealed record DrainedDestination(DateTimeOffset Since, Drain Drain);

/// <summary>Keeps requests and handshakes off destinations that are taken out. With none left they are answered 503.</summary>
internal sealed class DrainedDestinationFilter(RequestDelegate next, DrainedDestinations drained)
{
    public Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        proxy.AvailableDestinations = drained.Without(proxy.Cluster.Config.ClusterId, proxy.AvailableDestinations);
        return next(context);
    }
}
