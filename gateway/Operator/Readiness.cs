using Microsoft.Extensions.Options;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Access.Revocations;
using YarpWs.Gateway.Redis;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Gateway.Sockets.Draining;
using YarpWs.Platform.Jwt;

namespace YarpWs.Gateway.Operator;

/// <summary>Whether the gateway can serve, and which part cannot.</summary>
internal sealed class Readiness(
    IProxyStateLookup proxy,
    TokenIssuers issuers,
    RedisConnection redis,
    RedisState redisState,
    RevocationSync revocations,
    IOptions<RevocationOptions> revocationOptions,
    DrainedDestinations drained,
    HealthReasons reasons,
    IHostApplicationLifetime lifetime)
{
    public const string Ready = "ready";

    private const int MostDetails = 5;

    public ReadinessReport Report()
    {
        var parts = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["authentication"] = issuers.Missing ?? Ready,
            ["revocations"] = revocations.IsKnown || revocationOptions.Value.AdmitWhenUnknown ? Ready : "not read from Redis yet; tokens are refused with 503",
            ["gateway"] = lifetime.ApplicationStopping.IsCancellationRequested ? "stopping" : Ready,
            ["routes"] = proxy.GetRoutes().Any() ? Ready : "no route is configured",
        };
        foreach (var issuer in issuers.All.Where(issuer => issuer.Keys is not null))
        {
            parts[ReadinessReport.Issuer + issuer.Scheme] = issuer.State;
        }

        if (redis.IsConfigured)
        {
            parts[ReadinessReport.Redis] = redisState.State;
        }

        foreach (var cluster in proxy.GetClusters())
        {
            parts[$"cluster {cluster.ClusterId}"] = HasHealthyDestination(cluster) ? Ready
                : cluster.DestinationsState.AllDestinations.All(destination => destination.Health.Active == DestinationHealth.Unknown)
                    ? "no destination has answered a probe yet"
                    : $"no healthy destination{DetailsOf(cluster)}";
        }

        return new ReadinessReport(parts);
    }

    /// <summary>Destination by destination; a cluster may have hundreds, and the first few tell what it is.</summary>
    private string DetailsOf(ClusterState cluster)
    {
        var details = cluster.Destinations.Values
            .OrderBy(destination => destination.DestinationId, StringComparer.OrdinalIgnoreCase)
            .Select(destination => $"{destination.DestinationId}: {DetailOf(cluster.ClusterId, destination)}")
            .ToList();
        return details.Count == 0 ? ": it has none"
            : ": " + string.Join("; ", details.Take(MostDetails)) + (details.Count > MostDetails ? $"; and {details.Count - MostDetails} more" : "");
    }

    private string DetailOf(string cluster, DestinationState destination) =>
        drained.Find(new DestinationName(cluster, destination.DestinationId)) is not null ? "drained" : reasons.Of(destination) ?? "not probed yet";

    /// <summary>With active checks on, a destination that nobody has probed yet takes traffic, but it is not a reason to call the gateway ready.</summary>
    private bool HasHealthyDestination(ClusterState cluster)
    {
        var probed = cluster.Model.Config.HealthCheck?.Active?.Enabled ?? false;
        return drained.Without(cluster.ClusterId, cluster.DestinationsState.AvailableDestinations).Any(destination => !probed || destination.Health.Active == DestinationHealth.Healthy);
    }
}

internal sealed record ReadinessReport(IReadOnlyDictionary<string, string> Parts)
{
    /// <summary>It is told, and decides nothing: without Redis this gateway serves all the same, and so would none of the others serve better.</summary>
    public const string Redis = "redis";

    /// <summary>
    /// Before the name of a scheme. It is told, and decides nothing: the tokens of other issuers are let in all the same. Where there is no other, the part
    /// <c>authentication</c> decides.
    /// </summary>
    public const string Issuer = "issuer ";

    public bool IsReady => Parts.All(part => part.Value == Readiness.Ready || part.Key == Redis || part.Key.StartsWith(Issuer, StringComparison.Ordinal));
}
