using System.Globalization;
using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// The proxy's active health policy of this name: a destination is unhealthy after several failed probes in a row, and healthy after a good one.
/// Unlike the proxy's, it learns nothing from a probe that got no answer in time while this process was late itself, or that could not be sent
/// for lack of a descriptor: the answer may have been there.
/// </summary>
internal sealed class ProbeStreak(IDestinationHealthUpdater health, HealthReasons reasons, ProcessDelay delay, TimeProvider time) : IActiveHealthCheckPolicy
{
    private const double DefaultThreshold = 2;

    /// <summary>What a probe may have waited in this process, as a share of its timeout, before its silence says nothing.</summary>
    private const double LateShare = 0.1;

    /// <summary>As the proxy has it, where the cluster sets none.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    private readonly ConditionalWeakTable<DestinationState, StrongBox<int>> _failures = [];

    public string Name => HealthCheckConstants.ActivePolicy.ConsecutiveFailures;

    public void ProbingCompleted(ClusterState cluster, IReadOnlyList<DestinationProbingResult> probingResults)
    {
        var timeout = cluster.Model.Config.HealthCheck?.Active?.Timeout ?? DefaultTimeout;
        var threshold = ThresholdOf(cluster);
        health.SetActive(cluster, [.. probingResults.Select(result => new NewActiveDestinationHealth(result.Destination, HealthAfter(result, timeout, threshold)))]);
    }

    private DestinationHealth HealthAfter(DestinationProbingResult probe, TimeSpan timeout, double threshold)
    {
        var failures = _failures.GetOrCreateValue(probe.Destination);
        if (probe.Response is { IsSuccessStatusCode: true })
        {
            failures.Value = 0;
            reasons.Probed(probe.Destination, failure: null);
            return DestinationHealth.Healthy;
        }

        if (probe.Exception is { } exception && SaysNothing(exception, timeout))
        {
            return probe.Destination.Health.Active;
        }

        reasons.Probed(probe.Destination, WordsOf(probe, timeout));
        return ++failures.Value < threshold ? probe.Destination.Health.Active : DestinationHealth.Unhealthy;
    }

    private static string WordsOf(DestinationProbingResult probe, TimeSpan timeout) => probe switch
    {
        { Response: { } response } => string.Create(CultureInfo.InvariantCulture, $"its probe was answered {(int)response.StatusCode}"),
        { Exception: OperationCanceledException } => string.Create(CultureInfo.InvariantCulture, $"its probe was not answered within {timeout.TotalSeconds:0.###} s"),
        _ => $"its probe failed: {probe.Exception?.GetBaseException().Message.TrimEnd('.')}",
    };

    private bool SaysNothing(Exception exception, TimeSpan timeout)
    {
        // What is late here has come back late as well: a while before the timeout began counts.
        var since = time.GetTimestamp() - (long)(2 * timeout.TotalSeconds * time.TimestampFrequency);
        return DestinationFailures.IsOwnLack(exception) || (exception is OperationCanceledException && delay.LongestSince(since) >= timeout * LateShare);
    }

    private static double ThresholdOf(ClusterState cluster) =>
        cluster.Model.Config.Metadata?.TryGetValue(ConsecutiveFailuresHealthPolicyOptions.ThresholdMetadataName, out var text) == true
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var threshold) ? threshold : DefaultThreshold;
}
