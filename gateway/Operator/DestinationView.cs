using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Sockets.Draining;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Operator;

/// <summary>A destination as the operator sees it.</summary>
internal sealed record DestinationView(
    string Cluster,
    string Id,
    string Address,
    string Health,
    string? HealthReason,
    int Sockets,
    int Requests,
    DrainView? Draining)
{
    /// <param name="cluster">Its cluster's id.</param>
    /// <param name="destination">Its state in the proxy.</param>
    /// <param name="load">Requests and sockets that are under way there now.</param>
    /// <param name="sockets">How many lead to it now.</param>
    /// <param name="reason">What the checks last held against it.</param>
    /// <param name="drained">When it is taken out.</param>
    public static DestinationView Of(string cluster, DestinationState destination, int load, int sockets, string? reason, DrainedDestination? drained) => new(
        cluster,
        destination.DestinationId,
        UnixHost.Shown(destination.Model.Config.Address),
        HealthOf(destination.Health),
        reason,
        sockets,
        // Counted one after the other, while sockets come and go.
        Math.Max(0, load - sockets),
        drained is null ? null : DrainView.Of(drained));

    private static string HealthOf(DestinationHealthState health) => (health.Active, health.Passive) switch
    {
        (DestinationHealth.Unhealthy, _) or (_, DestinationHealth.Unhealthy) => "unhealthy",
        (DestinationHealth.Healthy, _) or (_, DestinationHealth.Healthy) => "healthy",
        _ => "unknown",
    };
}

/// <summary>How far a destination's drain has come.</summary>
internal sealed record DrainView(DateTimeOffset Since, double PerSecond, int Total, int Done, int Left, double SecondsLeft)
{
    public static DrainView Of(DrainedDestination drained)
    {
        var progress = drained.Drain.Progress;
        return new DrainView(drained.Since, progress.PerSecond, progress.Total, progress.Done, progress.Left, progress.SecondsLeft);
    }
}
