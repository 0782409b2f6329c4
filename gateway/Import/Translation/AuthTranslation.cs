using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>auth_request: what the location that it leads to asks, and of whom.</summary>
/// <param name="scope">The location that asks.</param>
/// <param name="variables">What holds there.</param>
/// <param name="server">The server that it is one of.</param>
/// <param name="upstreams">Where clusters come from.</param>
/// <param name="draft">Its route.</param>
/// <param name="report">Where it is told.</param>
internal sealed class AuthTranslation(Scope scope, Variables variables, ServerTranslation server, Upstreams upstreams, RouteDraft draft, ImportReport report)
{
    /// <summary>What would answer the question otherwise than a destination does.</summary>
    private static readonly string[] Answers = ["return", "rewrite", "if", "try_files"];

    public void Add(Directive asked)
    {
        if (asked.Argument == "off")
        {
            report.Say(asked, ImportOutcome.Kept, "Nobody else is asked.");
            return;
        }

        if (server.Locations.Find(asked.Argument) is not { } directive)
        {
            draft.Refuse(asked, $"No location takes {asked.Argument}.");
            return;
        }

        var inner = new Scope(server.Scope, directive.Inner);
        var known = variables.With(inner, report, ("uri", asked.Argument), ("document_uri", asked.Argument), ("args", ""), ("query_string", ""), ("is_args", ""));
        if (inner.Own(Answers).FirstOrDefault() is { } other)
        {
            draft.Refuse(asked, $"{Upstreams.Place(other)}: {other.Name} answers there; it is asked of a destination alone, by proxy_pass.");
            return;
        }

        if (inner.Own("proxy_pass").FirstOrDefault() is not { } pass || ProxyAddress.Of(known.Fold(pass.Argument)) is not { } address)
        {
            draft.Refuse(asked, $"{Upstreams.Place(directive)} has no proxy_pass to a destination that is known.");
            return;
        }

        if (inner.Find("proxy_method") is { } method && !method.Argument.Equals("GET", StringComparison.OrdinalIgnoreCase))
        {
            draft.Refuse(asked, "It is asked by GET.");
            return;
        }

        var (cluster, why) = upstreams.Cluster(address.Scheme, address.Authority, inner, pass);
        var (path, unknown) = PathOf(asked.Argument, NginxLocation.Of(directive), pass, address, known);
        if (cluster is null || path is null)
        {
            draft.Refuse(asked, cluster is null ? why : $"{unknown} has no counterpart.");
            return;
        }

        var json = new CommentedJson().Set("Cluster", cluster).Set("Path", path);
        if (inner.Find("proxy_pass_request_headers") is { Argument: "off" } none)
        {
            json.Set("ClientHeaders", false);
            report.Say(none, ImportOutcome.Kept, "AuthRequest:ClientHeaders.");
        }

        var headers = HeadersOf(inner, known, address);
        if (headers.Count > 0)
        {
            json.Set("Headers", headers);
        }

        var time = NginxValue.Time(inner.Find("proxy_read_timeout")?.Argument ?? "60") ?? TimeSpan.FromSeconds(60);
        json.Set("Timeout", NginxValue.Write(time < TimeSpan.FromSeconds(0.1) ? TimeSpan.FromSeconds(0.1) : time > TimeSpan.FromMinutes(10) ? TimeSpan.FromMinutes(10) : time));
        draft.Route.Set("AuthRequest", json);
        report.Say(asked, ImportOutcome.Kept, "AuthRequest.");
        foreach (var set in scope.FindAll("auth_request_set").Where(set => set.Arguments.Count == 2))
        {
            report.Say(set, ImportOutcome.Kept, "Put in where the variable stands: a header of the answer is $auth_NAME.");
        }
    }

    /// <summary>Null, and the variable, where one has no counterpart.</summary>
    private static (string? Path, string Unknown) PathOf(string uri, NginxLocation location, Directive pass, ProxyAddress address, Variables known)
    {
        if (address.Uri.Length == 0)
        {
            return (uri.Replace("$", "$$", StringComparison.Ordinal), "");
        }

        if (pass.Argument.Contains('$', StringComparison.Ordinal) || location.IsExpression)
        {
            var (target, unknown) = known.Translate(address.Uri);
            return target is ['?', ..] ? ("/" + target, "") : (target, unknown);
        }

        return ((address.Uri.StartsWith('?') ? "/" : "") + (address.Uri + uri[location.Path.Length..]).Replace("$", "$$", StringComparison.Ordinal), "");
    }

    private List<object> HeadersOf(Scope inner, Variables known, ProxyAddress address)
    {
        var (headers, hasHost) = (new List<object>(), false);
        foreach (var header in inner.FindAll("proxy_set_header"))
        {
            var (name, value) = (header.Argument, header.Arguments.ElementAtOrDefault(1) ?? "");
            hasHost |= name.Equals("Host", StringComparison.OrdinalIgnoreCase);
            switch (name.ToUpperInvariant())
            {
                case "CONTENT-LENGTH" when value.Length == 0:
                    report.Say(header, ImportOutcome.Kept, "No body goes there.");
                    break;
                case "CONNECTION" or "UPGRADE" or "KEEP-ALIVE" or "PROXY-CONNECTION" or "TE" or "TRANSFER-ENCODING":
                    report.Say(header, ImportOutcome.Meaningless, "The connection to a destination is the gateway's own.");
                    break;
                case "HOST" when value is "$http_host" || (value is "$host" && !server.HasOtherPorts):
                    report.Say(header, ImportOutcome.Kept, "It gets the client's Host.");
                    break;
                default:
                    var (translated, unknown) = known.Translate(value);
                    if (translated is null)
                    {
                        report.Say(header, ImportOutcome.Unsupported, $"{unknown} has no counterpart; what is asked gets {name} as the client sends it.");
                        break;
                    }

                    headers.Add(new CommentedJson().Set("Name", name).Set("Value", translated));
                    report.Say(header, ImportOutcome.Kept, "AuthRequest:Headers.");
                    break;
            }
        }

        if (!hasHost)
        {
            headers.Add(new CommentedJson().Set("Name", "Host").Set("Value", address.Host));
        }

        return headers;
    }
}
