using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// Tells the operator of destinations that fail, and of clusters that have none left: once when it begins, and once, with the number, when it
/// has been quiet for a while. Any thread may call it.
/// </summary>
internal sealed class DestinationReport(TimeProvider time, ILogger<DestinationReport> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>As many as there are destinations.</summary>
    private readonly Episodes<(string Cluster, string Destination, bool IsHandshake)> _retries = new(time);

    /// <summary>As many as there are destinations.</summary>
    private readonly Episodes<(string Cluster, string Destination)> _failures = new(time);

    /// <summary>As many as there are clusters.</summary>
    private readonly Episodes<string> _refusals = new(time);

    /// <summary>A request has failed on a destination, and is tried on another one.</summary>
    public void Retried(HttpContext context) => Retried(context, isHandshake: false);

    /// <summary>A handshake has.</summary>
    public void HandshakeRetried(HttpContext context) => Retried(context, isHandshake: true);

    /// <summary>A request has failed on a destination, and is not tried again. Returns for how long that destination has failed, and how often.</summary>
    public (TimeSpan Age, long Times) Failed(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        var key = (proxy.Cluster.Config.ClusterId, proxy.ProxiedDestination?.DestinationId ?? "");
        if (_failures.Add(key))
        {
            logger.DestinationFails(key.Item2, proxy.Route.Config.RouteId, DestinationFailures.ReasonOf(context));
        }

        return _failures.Of(key);
    }

    /// <summary>A request was refused because its cluster has no destination that can take it. Returns for how long that has been so, and how often it has happened.</summary>
    public (TimeSpan Age, long Times) Refused(string cluster)
    {
        if (_refusals.Add(cluster))
        {
            logger.NoDestination(cluster);
        }

        return _refusals.Of(cluster);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Look();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    /// <summary>Ends what has been quiet.</summary>
    public void Look()
    {
        foreach (var (cluster, times, duration) in _refusals.End())
        {
            logger.NoDestinationEnded(cluster, times, duration, Episode.Quiet);
        }

        foreach (var ((cluster, destination), times, duration) in _failures.End())
        {
            logger.DestinationFailsNoMore(destination, cluster, times, duration, Episode.Quiet);
        }

        foreach (var ((cluster, destination, isHandshake), times, duration) in _retries.End())
        {
            logger.RetriesEnded(destination, cluster, times, isHandshake ? "handshakes" : "requests", duration, Episode.Quiet);
        }
    }

    private void Retried(HttpContext context, bool isHandshake)
    {
        var proxy = context.GetReverseProxyFeature();
        var destination = proxy.ProxiedDestination?.DestinationId ?? "";
        if (!_retries.Add((proxy.Cluster.Config.ClusterId, destination, isHandshake)))
        {
            return;
        }

        if (isHandshake)
        {
            logger.HandshakeRetried(destination, proxy.Route.Config.RouteId, DestinationFailures.ReasonOf(context));
        }
        else
        {
            logger.RequestRetried(destination, proxy.Route.Config.RouteId, DestinationFailures.ReasonOf(context));
        }
    }
}
