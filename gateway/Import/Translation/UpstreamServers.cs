using System.Globalization;
using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>The servers of an upstream as destinations of a cluster, and how one of them is chosen.</summary>
/// <param name="upstream">Its block.</param>
/// <param name="scheme">http or https.</param>
/// <param name="report">Where it is told.</param>
internal sealed class UpstreamServers(Directive upstream, string scheme, ImportReport report)
{
    /// <returns>Why it cannot be forwarded to; null where it can.</returns>
    public string? AddTo(CommentedJson settings, CommentedJson destinations, CommentedJson metadata)
    {
        report.Say(upstream, ImportOutcome.Kept, "A cluster.");
        var (policy, isWeighted, count) = ("RoundRobin", false, 0);
        string? broken = null;
        foreach (var server in upstream.Inner.Where(inner => inner.Name == "server"))
        {
            if (server.Arguments.Contains("down"))
            {
                report.Say(server, ImportOutcome.Kept, "It is out, and left out.");
            }
            else if (scheme == "https" && server.Argument.StartsWith("unix:", StringComparison.Ordinal))
            {
                broken = "TLS is not spoken over a Unix socket; write http.";
                report.Say(server, ImportOutcome.Unsupported, "TLS is not spoken over a Unix socket; write http.");
            }
            else
            {
                var destination = new CommentedJson().Set("Address", $"{scheme}://{server.Argument}");
                foreach (var option in server.Arguments.Skip(1))
                {
                    AddOption(server, option, destination, settings, metadata, ref isWeighted);
                }

                report.Say(server, ImportOutcome.Kept, "A destination.");
                destinations.Set(count < 26 ? $"{(char)('a' + count)}" : $"d{count}", destination);
                count++;
            }
        }

        if (destinations.IsEmpty)
        {
            broken ??= $"upstream {upstream.Argument} has no server that can be asked.";
        }

        foreach (var line in upstream.Inner)
        {
            policy = PolicyOf(line, metadata) ?? policy;
        }

        if (count > 1)
        {
            settings.Set("LoadBalancingPolicy", policy == "RoundRobin" && isWeighted ? "LeastLoad" : policy);

            // nginx looks at failures without being told, and asks all when none is left.
            var health = settings.Object("HealthCheck").Set("AvailableDestinationsPolicy", "HealthyOrLast").Object("Passive");
            if (health.IsEmpty)
            {
                health.Set("Enabled", true).Set("Policy", "FailureStreak").Set("ReactivationPeriod", "00:00:10");
                metadata.Set("Balancing.FailuresInARow", "1");
            }
        }
        else
        {
            settings.Remove("HealthCheck");
            metadata.Remove("Balancing.FailuresInARow");
        }

        return broken;
    }

    private void AddOption(Directive server, string option, CommentedJson destination, CommentedJson settings, CommentedJson metadata, ref bool isWeighted)
    {
        var (name, value) = option.Split('=', 2) is [var left, var right] ? (left, right) : (option, "");
        switch (name)
        {
            case "backup":
                MetadataOf(destination).Set("Balancing.Backup", "true");
                report.Say(server, ImportOutcome.Kept, "Balancing.Backup: asked only while no other can be.");
                break;
            case "weight" when int.TryParse(value, CultureInfo.InvariantCulture, out var weight) && weight is > 0 and <= 1000:
                isWeighted |= weight != 1;
                MetadataOf(destination).Set("Balancing.Weight", value);
                report.Say(server, ImportOutcome.Kept, "Its weight is Balancing.Weight.");
                break;
            case "max_fails" when value == "0":
                report.Say(server, ImportOutcome.Changed, "Failures of destinations are counted for all of a cluster or for none.");
                break;
            case "max_fails" when int.TryParse(value, CultureInfo.InvariantCulture, out var fails) && fails is > 0 and <= 1000:
                Passive(settings);
                metadata.Set("Balancing.FailuresInARow", value);
                report.Say(server, ImportOutcome.Changed, "max_fails and fail_timeout hold for all destinations of the cluster: FailureStreak, in a row and not within a time.");
                break;
            case "fail_timeout" when value is "0" or "0s":
                report.Say(server, ImportOutcome.Changed, "It is asked again at once after it has failed; here FailureStreak holds for all destinations of the cluster.");
                break;
            case "fail_timeout" when NginxValue.Time(value) is { } time && time > TimeSpan.Zero:
                Passive(settings).Set("ReactivationPeriod", NginxValue.Write(time));
                metadata.Set("Balancing.FailuresInARow", metadata.Text("Balancing.FailuresInARow") ?? "1");
                report.Say(server, ImportOutcome.Changed, "max_fails and fail_timeout hold for all destinations of the cluster: FailureStreak, in a row and not within a time.");
                break;
            case "resolve":
                report.Say(server, ImportOutcome.Kept, "Names are asked again every Connections.NameLifetime.");
                break;
            case "slow_start" when NginxValue.Time(value) is { } slow:
                metadata.Set("Balancing.SlowStart", NginxValue.Write(slow));
                report.Say(server, ImportOutcome.Changed, "slow_start holds for all destinations of the cluster: Balancing.SlowStart.");
                break;
            default:
                report.Say(server, ImportOutcome.Unsupported, $"'{option}' has no counterpart; the destination is asked without it.");
                break;
        }
    }

    private static CommentedJson MetadataOf(CommentedJson destination) => destination.Object("Metadata");

    private static CommentedJson Passive(CommentedJson settings)
    {
        var passive = settings.Object("HealthCheck").Object("Passive");
        return passive.IsEmpty ? passive.Set("Enabled", true).Set("Policy", "FailureStreak").Set("ReactivationPeriod", "00:00:10") : passive;
    }

    /// <summary>Null for a line that says nothing of it.</summary>
    private string? PolicyOf(Directive line, CommentedJson metadata)
    {
        switch (line.Name)
        {
            case "least_conn" or "least_time":
                report.Say(line, ImportOutcome.Kept, "LeastLoad; a WebSocket counts for as long as it lives.");
                return "LeastLoad";
            case "random":
                report.Say(line, ImportOutcome.Kept, line.Arguments.Count > 0 ? "PowerOfTwoChoices." : "Random.");
                return line.Arguments.Count > 0 ? "PowerOfTwoChoices" : "Random";
            case "ip_hash":
                metadata.Set("Balancing.HashBy", "address");
                report.Say(line, ImportOutcome.Changed, "BoundedHash by the client's address: clients stay on their destination, though not on the same as with nginx.");
                return "BoundedHash";
            case "hash":
                var by = line.Argument switch
                {
                    "$request_uri" or "$uri" => "",
                    "$remote_addr" or "$binary_remote_addr" => "address",
                    _ when line.Argument.StartsWith("$cookie_", StringComparison.Ordinal) => $"cookie:{line.Argument[8..]}",
                    _ when line.Argument.StartsWith("$arg_", StringComparison.Ordinal) => $"query:{line.Argument[5..]}",
                    _ when line.Argument.StartsWith("$http_", StringComparison.Ordinal) => $"header:{line.Argument[6..].Replace('_', '-')}",
                    _ => null,
                };
                if (by is null)
                {
                    report.Say(line, ImportOutcome.Unsupported, "Destinations are chosen by a hash of the path, an argument, a header or a claim; this key is none of them: RoundRobin.");
                    return null;
                }

                if (by.Length > 0)
                {
                    metadata.Set("Balancing.HashBy", by);
                }

                report.Say(line, ImportOutcome.Kept, "BoundedHash: what has the same key meets on one destination, though not on the same as with nginx.");
                return "BoundedHash";
            default:
                return null;
        }
    }
}
