using System.Diagnostics.Metrics;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Sockets.Draining;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Operator;

/// <summary>What <c>/readyz</c> says as numbers, for an alert that names the part; and how many destinations of each cluster can be used.</summary>
internal sealed class ReadinessMetrics
{
    private static readonly string[] States = ["usable", "unhealthy", "drained"];

    public ReadinessMetrics(IMeterFactory meters, Readiness readiness, IProxyStateLookup proxy, DrainedDestinations drained)
    {
        var meter = meters.Create(GatewayMetrics.MeterName);
        meter.CreateObservableGauge("yarpws.gateway.ready", () => Observe(readiness.Report()), unit: null, "1 for each part of the gateway that is ready, 0 for one that is not.");
        meter.CreateObservableUpDownCounter(
            "yarpws.gateway.destinations", () => proxy.GetClusters().SelectMany(cluster => Observe(cluster, drained)), "{destination}", "Destinations of each cluster, by whether requests go there.");
    }

    private static IEnumerable<Measurement<int>> Observe(ReadinessReport report) =>
        report.Parts.Select(part => new Measurement<int>(part.Value == Readiness.Ready ? 1 : 0, new KeyValuePair<string, object?>("part", part.Key)));

    /// <summary>All states, so that a number that falls to 0 says so.</summary>
    private static IEnumerable<Measurement<int>> Observe(ClusterState cluster, DrainedDestinations drained)
    {
        var all = cluster.DestinationsState.AllDestinations;
        var kept = drained.Without(cluster.ClusterId, all);
        var usable = drained.Without(cluster.ClusterId, cluster.DestinationsState.AvailableDestinations).Count;
        int[] counts = [usable, Math.Max(0, kept.Count - usable), all.Count - kept.Count];
        return States.Zip(counts, (state, count) => new Measurement<int>(count, new("cluster", cluster.ClusterId), new("state", state)));
    }
}
