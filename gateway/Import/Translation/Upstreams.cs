using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>Makes clusters of upstreams and addresses, one for each set of times that is asked of the same.</summary>
internal sealed class Upstreams(CommentedJson clusters, ImportReport report)
{
    private readonly Dictionary<string, Directive> _named = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _made = [];

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
            if (new UpstreamServers(upstream, scheme, report).AddTo(settings, destinations, metadata) is { } why)
            {
                return (null, why);
            }
        }
        else
        {
            destinations.Set("a", new CommentedJson().Set("Address", $"{scheme}://{authority}"));
        }

        settings.Set("Destinations", destinations);
        new ClusterTimes(scope, report).AddTo(settings, metadata);
        if (scheme == "https" && scope.Find("proxy_ssl_verify") is { } verify)
        {
            report.Say(verify, ImportOutcome.Kept, verify.Argument == "on" ? "Certificates of destinations are checked." : "HttpClient:DangerousAcceptAnyServerCertificate of the cluster.");
        }

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

    internal static string Place(Directive directive) => $"{Path.GetFileName(directive.Location.File)}:{directive.Location.Line}";
}
