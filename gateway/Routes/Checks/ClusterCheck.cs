using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.SessionAffinity;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>Whether a cluster has somewhere to forward to, and by policies that exist.</summary>
internal static class ClusterCheck
{
    /// <summary>The names of the policies that are registered; nobody can ask for those before the settings are known to be good.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Policies = new Dictionary<string, string[]>
    {
        ["LoadBalancingPolicy"] =
        [
            LoadBalancingPolicies.PowerOfTwoChoices, LoadBalancingPolicies.LeastRequests, LoadBalancingPolicies.RoundRobin,
            LoadBalancingPolicies.Random, LoadBalancingPolicies.FirstAlphabetical, LeastLoad.PolicyName, BoundedHash.PolicyName,
        ],
        ["HealthCheck:AvailableDestinationsPolicy"] = [HealthCheckConstants.AvailableDestinations.HealthyAndUnknown, HealthCheckConstants.AvailableDestinations.HealthyOrPanic, HealthyOrLast.PolicyName],
        ["HealthCheck:Active:Policy"] = [HealthCheckConstants.ActivePolicy.ConsecutiveFailures],
        ["HealthCheck:Passive:Policy"] = [HealthCheckConstants.PassivePolicy.TransportFailureRate, FailureStreak.PolicyName],
        ["SessionAffinity:Policy"] =
        [
            SessionAffinityConstants.Policies.HashCookie, SessionAffinityConstants.Policies.ArrCookie, SessionAffinityConstants.Policies.Cookie,
            SessionAffinityConstants.Policies.CustomHeader,
        ],
        ["SessionAffinity:FailurePolicy"] = [SessionAffinityConstants.FailurePolicies.Redistribute, SessionAffinityConstants.FailurePolicies.Return503Error],
    };

    private static readonly string[] PositiveTimes = ["HealthCheck:Active:Interval", "HealthCheck:Active:Timeout", "HealthCheck:Passive:ReactivationPeriod", "HttpRequest:ActivityTimeout"];

    public static void Check(Setting cluster, Findings findings)
    {
        foreach (var (key, known) in Policies)
        {
            if (cluster.Find(key.Split(':')) is { Value: { Length: > 0 } name } policy && !known.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                findings.Error(policy, $"no policy '{name}'; {Nearest.Hint(name, known)}");
            }
        }

        foreach (var key in PositiveTimes)
        {
            if (cluster.Find(key.Split(':')) is { Value: { } text } time && TimeSpan.TryParse(text, out var value) && value == TimeSpan.Zero)
            {
                findings.Error(time, "a time of 0 is none; write a longer one, such as \"00:00:10\".");
            }
        }

        if (cluster.Find("HttpClient", "MaxConnectionsPerServer") is { Value: { } count } connections && int.TryParse(count, out var number) && number <= 0)
        {
            findings.Error(connections, $"'{count}' connections carry nothing; write 1 or more, or remove it for no limit.");
        }

        foreach (var name in (string[])["RequestHeaderEncoding", "ResponseHeaderEncoding"])
        {
            if (cluster.Find("HttpClient", name) is { Value.Length: > 0 } encoding)
            {
                findings.Warning(encoding, "does nothing: header bytes go through as they came, whatever their encoding; remove it.");
            }
        }

        foreach (var part in (string[])["HealthCheck:Active", "HealthCheck:Passive", "SessionAffinity"])
        {
            if (cluster.Find(part.Split(':')) is { Kind: SettingKind.Object, Children.Count: > 0 } section && section["Enabled"] is null)
            {
                findings.Warning(section, "does nothing yet; add \"Enabled\": true.");
            }
        }

        if (cluster["SessionAffinity"] is { } affinity && "true".Equals(affinity["Enabled"]?.Value, StringComparison.OrdinalIgnoreCase) && affinity["AffinityKeyName"] is not { Value.Length: > 0 })
        {
            findings.Missing(affinity, "AffinityKeyName", "affinity needs the name of its cookie or header; write one, such as \"node\".");
        }

        CheckDestinations(cluster, findings);
    }

    private static void CheckDestinations(Setting cluster, Findings findings)
    {
        var destinations = cluster["Destinations"];
        if (destinations is null or { Kind: SettingKind.Null } or { Kind: SettingKind.Object, Children.Count: 0 })
        {
            findings.Missing(cluster, "Destinations", "a cluster without destinations answers 503; add \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } }.");
            return;
        }

        foreach (var destination in destinations.Kind == SettingKind.Object ? destinations.Children : [])
        {
            if (destination is { Kind: SettingKind.Object } && destination["Address"] is not { Value.Length: > 0 })
            {
                if (destination["Address"] is null or { Children.Count: 0 })
                {
                    findings.Missing(destination, "Address", "a destination needs one; write \"Address\": \"http://HOST:PORT\".");
                }
            }
            else if (destination["Address"] is { } address)
            {
                AddressCheck.Check(address, findings);
            }

            if (destination["Health"] is { Value.Length: > 0 } health)
            {
                AddressCheck.Check(health, findings);
            }
        }
    }
}
