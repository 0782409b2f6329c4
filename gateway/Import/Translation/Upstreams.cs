using System.Globalization;
using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>Makes clusters of upstreams and addresses, one for each set of times that is asked of the same.</summary>
internal sealed class Upstreams(CommentedJson clusters, ImportReport report)
{
    private readonly Dictionary<string, Directive> _named = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _made = [];

    /// <summary>Upstreams that cannot be forwarded to, and why.</summary>
    private readonly Dictionary<string, string> _broken = new(StringComparer.Ordinal);

    public void Add(Directive upstream) => _named[upstream.Argument] = upstream;

    /// <summary>The id of the cluster; null, and the reason, where there can be none.</summary>
    /// <param name="scheme">http or https.</param>
    /// <param name="authority">An upstream's name, or an address with or without a port.</param>
    /// <param name="scope">Where it is named.</param>
    /// <param name="from">What names it.</param>
    public (string? Id, string Why) Cluster(string scheme, string authority, Scope scope, Directive from)
    {
        authority = authority.TrimEnd(':');
        if (scheme == "https" && authority.StartsWith("unix:", StringComparison.Ordinal))
        {
            return (null, "TLS is not spoken over a Unix socket; write http.");
        }

        var settings = new CommentedJson();
        var destinations = new CommentedJson();
        var metadata = new CommentedJson();
        string[] comments = [$"{Place(from)}: {from}"];
        if (_named.TryGetValue(authority, out var upstream))
        {
            comments = [$"{Place(upstream)}: upstream {authority}"];
            AddServers(upstream, scheme, settings, destinations, metadata);
            if (_broken.TryGetValue(authority, out var why))
            {
                return (null, why);
            }
        }
        else
        {
            destinations.Set("a", new CommentedJson().Set("Address", $"{scheme}://{authority}"));
        }

        settings.Set("Destinations", destinations);
        AddTimes(scope, settings, metadata);
        if (scheme == "https" && scope.Find("proxy_ssl_verify")?.Argument != "on")
        {
            settings.Set("HttpClient", new CommentedJson().Set("DangerousAcceptAnyServerCertificate", true), "As nginx without proxy_ssl_verify: whoever answers there is believed.");
        }

        if (!metadata.IsEmpty)
        {
            settings.Set("Metadata", metadata);
        }

        var key = settings.ToString();
        if (!_made.TryGetValue(key, out var id))
        {
            var name = authority.Replace(':', '-').Replace('/', '-');
            id = name;
            for (var number = 2; _made.ContainsValue(id); number++)
            {
                id = $"{name}-{number}";
            }

            _made.Add(key, id);
            clusters.Set(id, settings, comments);
        }

        return (id, "");
    }

    /// <summary>Takes out what only locations name that answer 501.</summary>
    public void KeepOnly(IReadOnlySet<string> used)
    {
        foreach (var id in _made.Values.Where(id => !used.Contains(id)))
        {
            clusters.Remove(id);
        }
    }

    private void AddServers(Directive upstream, string scheme, CommentedJson settings, CommentedJson destinations, CommentedJson metadata)
    {
        report.Say(upstream, ImportOutcome.Kept, "A cluster.");
        var (policy, isWeighted, count) = ("RoundRobin", false, 0);
        foreach (var server in upstream.Inner.Where(inner => inner.Name == "server"))
        {
            if (server.Arguments.Contains("down"))
            {
                report.Say(server, ImportOutcome.Kept, "It is out, and left out.");
            }
            else if (scheme == "https" && server.Argument.StartsWith("unix:", StringComparison.Ordinal))
            {
                _broken[upstream.Argument] = "TLS is not spoken over a Unix socket; write http.";
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
            _broken.TryAdd(upstream.Argument, $"upstream {upstream.Argument} has no server that can be asked.");
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

    private void AddTimes(Scope scope, CommentedJson settings, CommentedJson metadata)
    {
        var read = TimeOf(scope, "proxy_read_timeout", "The cluster's HttpRequest:ActivityTimeout; for sockets the route's Sockets.IdleTimeout.") ?? TimeSpan.FromSeconds(60);
        if (scope.Find("proxy_send_timeout") is { } send)
        {
            report.Say(send, send.Argument == scope.Find("proxy_read_timeout")?.Argument || send.Argument is "60" or "60s" ? ImportOutcome.Kept : ImportOutcome.Changed,
                "One time holds for both directions, that of proxy_read_timeout: the cluster's HttpRequest:ActivityTimeout.");
        }

        if (TimeOf(scope, "proxy_connect_timeout", "The cluster's Connections.ConnectTimeout.") is { } connect)
        {
            metadata.Set("Connections.ConnectTimeout", NginxValue.Write(Clamp(connect, TimeSpan.FromSeconds(0.1), TimeSpan.FromMinutes(5))));
        }

        metadata.Set("Connections.FirstByteTimeout", NginxValue.Write(Clamp(read, TimeSpan.FromSeconds(0.1), TimeSpan.FromDays(1))));
        settings.Set("HttpRequest", new CommentedJson().Set("Version", "1.1").Set("VersionPolicy", "RequestVersionExact").Set("ActivityTimeout", NginxValue.Write(read)));
        if (scope.Find("proxy_next_upstream") is { } next)
        {
            if (next.Arguments.Contains("off"))
            {
                metadata.Set("Balancing.Attempts", "1");
                report.Say(next, ImportOutcome.Kept, "Balancing.Attempts 1.");
            }
            else
            {
                var byAnswer = next.Arguments.Where(argument => argument.StartsWith("http_", StringComparison.Ordinal) || argument is "invalid_header" or "non_idempotent").ToList();
                report.Say(next, byAnswer.Count == 0 ? ImportOutcome.Kept : ImportOutcome.Changed, byAnswer.Count == 0
                    ? "What was not sent, and a GET without a body that was not answered, goes to another destination (Balancing.Attempts)."
                    : $"error and timeout are kept; an answer is an answer here, so that none is asked of another destination for {string.Join(", ", byAnswer)}.");
            }
        }

        if (scope.Find("proxy_next_upstream_tries") is { } tries && int.TryParse(tries.Argument, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= 100)
        {
            metadata.Set("Balancing.Attempts", tries.Argument);
            report.Say(tries, ImportOutcome.Kept, "Balancing.Attempts.");
        }
    }

    private TimeSpan? TimeOf(Scope scope, string name, string what)
    {
        if (scope.Find(name) is not { } directive)
        {
            return null;
        }

        if (NginxValue.Time(directive.Argument) is { } time && time > TimeSpan.Zero)
        {
            report.Say(directive, ImportOutcome.Kept, what);
            return time;
        }

        report.Say(directive, ImportOutcome.Unsupported, $"'{directive.Argument}' is no time that can be kept; nginx's default is written.");
        return null;
    }

    private static TimeSpan Clamp(TimeSpan time, TimeSpan least, TimeSpan most) => time < least ? least : time > most ? most : time;

    internal static string Place(Directive directive) => $"{Path.GetFileName(directive.Location.File)}:{directive.Location.Line}";
}
