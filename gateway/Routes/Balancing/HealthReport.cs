using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// The proxy's way to say what a check has found, with a line for each destination that goes out of use or comes back, and why: the proxy's own lines have no reason. One that
/// failing requests took out comes back by the proxy's clock, without a line; the line before it says when.
/// </summary>
/// <param name="inner">The proxy's.</param>
/// <param name="reasons">Told before what is set here.</param>
/// <param name="logger">Where the lines go.</param>
internal sealed class HealthReport(IDestinationHealthUpdater inner, HealthReasons reasons, ILogger<HealthReport> logger) : IDestinationHealthUpdater
{
    public void SetActive(ClusterState cluster, IEnumerable<NewActiveDestinationHealth> newHealthStates)
    {
        var changed = newHealthStates.ToList();
        var before = changed.ConvertAll(one => IsOut(one.Destination));
        inner.SetActive(cluster, changed);
        for (var index = 0; index < changed.Count; index++)
        {
            Tell(cluster, changed[index].Destination, before[index]);
        }
    }

    public void SetPassive(ClusterState cluster, DestinationState destination, DestinationHealth newHealth, TimeSpan reactivationPeriod)
    {
        var wasOut = IsOut(destination);
        inner.SetPassive(cluster, destination, newHealth, reactivationPeriod);
        Tell(cluster, destination, wasOut);
    }

    private static bool IsOut(DestinationState destination) => destination.Health is { Active: DestinationHealth.Unhealthy } or { Passive: DestinationHealth.Unhealthy };

    private void Tell(ClusterState cluster, DestinationState destination, bool wasOut)
    {
        var isOut = IsOut(destination);
        if (isOut == wasOut)
        {
            return;
        }

        var all = cluster.Destinations.Values;
        var left = all.Count(one => !IsOut(one));
        if (isOut)
        {
            logger.DestinationOut(destination.DestinationId, cluster.ClusterId, reasons.Of(destination) ?? "a check of the cluster says so", left, all.Count);
        }
        else
        {
            logger.DestinationBack(destination.DestinationId, cluster.ClusterId, left, all.Count);
        }
    }
}
