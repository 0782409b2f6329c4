using YarpWs.Gateway.Import.Grammar;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>The destination of a location, and what becomes of a request on its way there.</summary>
/// <param name="scope">The location's block, or the server's for what no location takes.</param>
/// <param name="location">What it matches.</param>
/// <param name="variables">What holds here.</param>
/// <param name="server">The server that it is one of.</param>
/// <param name="upstreams">Where clusters come from.</param>
/// <param name="draft">Its route.</param>
/// <param name="report">Where it is told.</param>
internal sealed class ForwardTranslation(
    Scope scope, NginxLocation location, Variables variables, ServerTranslation server, Upstreams upstreams, RouteDraft draft, ImportReport report)
{
    private static readonly string[] ProxiedHeaders = ["X-Real-IP", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"];

    public void Add(Directive pass)
    {
        if (scope.Own("try_files").FirstOrDefault() is { } files)
        {
            draft.Refuse(files, "Files and a destination at one location: let try_files stand alone, and its fallback be a location @name with proxy_pass.");
            return;
        }

        var url = variables.Fold(pass.Argument);
        if (ProxyAddress.Of(url) is not { } address)
        {
            draft.Refuse(pass, url.Contains('$', StringComparison.Ordinal)
                ? $"The destination follows from the request ({url}): write a location or a server for each, with a destination of its own."
                : $"'{url}' is no address that can be forwarded to.");
            return;
        }

        var (cluster, why) = upstreams.Cluster(address.Scheme, address.Authority, scope, pass);
        if (cluster is null)
        {
            draft.Refuse(pass, $"{char.ToUpperInvariant(why[0])}{why[1..]}");
            return;
        }

        draft.Route.Set("ClusterId", cluster);
        report.Say(pass, ImportOutcome.Kept, $"Cluster {cluster}.");
        AddUri(pass, address, isVariable: pass.Argument.Contains('$', StringComparison.Ordinal));
        AddRequestHeaders(address);
        AddBodies();
        new CacheTranslation(scope, variables, server, draft, report).Add(address);
        AddAccelRedirects();
        new CookieTranslation(scope, variables, draft, report).Add();
        if (draft.IsForSockets)
        {
            var idle = NginxValue.Time(scope.Find("proxy_read_timeout")?.Argument ?? "60") ?? TimeSpan.FromSeconds(60);
            draft.Metadata.Set("Sockets.IdleTimeout", NginxValue.Write(idle < TimeSpan.FromSeconds(10) ? TimeSpan.FromSeconds(10) : idle > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : idle));
        }
        else
        {
            draft.Route.Set("WebSockets", false);
        }

        AddRedirects(pass, $"{address.Scheme}://{address.Authority}{address.Uri}", hasUri: address.Uri.Length > 0);
    }

    /// <summary>X-Accel-Redirect, which nginx always follows; here where there is a location for it.</summary>
    private void AddAccelRedirects()
    {
        var isIgnored = scope.FindAll("proxy_ignore_headers").Any(ignored => ignored.Arguments.Contains("X-Accel-Redirect", StringComparer.OrdinalIgnoreCase));
        if (!server.HasInternal || isIgnored)
        {
            return;
        }

        if (draft.Route.Find("Cache") is null)
        {
            draft.Route.Set("AccelRedirects", true);
        }
        else
        {
            report.Note("A location with proxy_cache does not follow X-Accel-Redirect, because what is kept would be there for all clients.");
        }
    }

    /// <summary>proxy_redirect; without one nginx puts the location in place of its destination's address.</summary>
    private void AddRedirects(Directive pass, string url, bool hasUri)
    {
        var redirects = new List<object>();
        IReadOnlyList<Directive?> said = scope.FindAll("proxy_redirect");
        foreach (var directive in said.Count > 0 ? said : [null])
        {
            if (directive is null or { Argument: "default" })
            {
                if (!pass.Argument.Contains('$', StringComparison.Ordinal))
                {
                    redirects.Add(new CommentedJson().Set("From", Literal(hasUri ? url : $"{url}/")).Set("To", hasUri ? Literal(location.Path) : "/"));
                }
            }
            else if (directive.Arguments is [var from, var to])
            {
                var isExpression = from.StartsWith('~');
                var (begin, unknown) = isExpression ? ($"{(from.StartsWith("~*", StringComparison.Ordinal) ? "~*" : "~")} {from.TrimStart('~', '*')}", "") : variables.Translate(from);
                var (text, unknownTo) = isExpression ? variables.TranslateBesideGroups(to) : variables.Translate(to);
                if (begin is null || text is null || (isExpression && Expression.FaultOf(from.TrimStart('~', '*'), ignoreCase: false) is not null))
                {
                    report.Say(directive, ImportOutcome.Unsupported, $"{(unknown + unknownTo is { Length: > 0 } variable ? variable : "Its expression")} has no counterpart; Location goes through as the destination wrote it.");
                    continue;
                }

                redirects.Add(new CommentedJson().Set("From", begin).Set("To", text));
            }

            if (directive is not null)
            {
                report.Say(directive, ImportOutcome.Kept, directive.Argument == "off" ? "Location goes through as the destination wrote it." : "Redirects.");
            }
        }

        if (redirects.Count > 0)
        {
            draft.Route.Set("Redirects", redirects);
        }
    }

    private static string Literal(string text) => text.Replace("$", "$$", StringComparison.Ordinal);

    /// <summary>What of the path gives way to the path of proxy_pass.</summary>
    private void AddUri(Directive pass, ProxyAddress address, bool isVariable)
    {
        if (address.IsOfRequest)
        {
            return;
        }

        var uri = address.Uri;
        if (isVariable || location.IsExpression || location.IsNamed)
        {
            // With variables it is the whole target, and the query only where it is named.
            var (target, unknown) = variables.Translate(uri);
            if (target is null)
            {
                draft.Refuse(pass, $"{unknown} has no counterpart.");
                return;
            }

            draft.Transforms.Add(new CommentedJson().Set("Target", target));
            return;
        }

        draft.Transforms.Add(new CommentedJson().Set("LocationPrefix", uri));
        if (uri.Contains('?', StringComparison.Ordinal))
        {
            report.Say(pass, ImportOutcome.Changed, $"The rest of the path is put behind '{uri}', query and all, as nginx does; it is hardly meant so.");
        }
    }

    private void AddRequestHeaders(ProxyAddress address)
    {
        var (known, hasHost) = (variables.WithConstant("proxy_host", address.Host).WithConstant("proxy_port", address.Port), false);
        foreach (var header in scope.FindAll("proxy_set_header"))
        {
            var (name, value) = (header.Argument, header.Arguments.ElementAtOrDefault(1) ?? "");
            hasHost |= name.Equals("Host", StringComparison.OrdinalIgnoreCase);
            switch (name.ToUpperInvariant())
            {
                case "UPGRADE":
                    draft.IsForSockets = true;
                    report.Say(header, ImportOutcome.Kept, "The gateway opens WebSockets by itself.");
                    break;
                case "CONNECTION" or "KEEP-ALIVE" or "PROXY-CONNECTION" or "TE" or "TRANSFER-ENCODING":
                    report.Say(header, ImportOutcome.Meaningless, "The connection to a destination is the gateway's own: Connection says upgrade where a WebSocket is opened, and nowhere else.");
                    break;
                case "HOST" when value is "$http_host" || (value is "$host" && !server.HasOtherPorts):
                    report.Say(header, ImportOutcome.Kept, "Destinations get the client's Host.");
                    break;
                case "CONTENT-LENGTH" when server.Locations.IsAsked(location):
                    report.Say(header, ImportOutcome.Kept, "AuthRequest sends no body.");
                    break;
                case "CONTENT-LENGTH":
                    report.Say(header, ImportOutcome.Unsupported, "The length of a body is the body's own.");
                    break;
                default:
                    AddRequestHeader(header, name, value, known);
                    break;
            }
        }

        if (!hasHost)
        {
            // As nginx without proxy_set_header Host.
            draft.RequestHeaders.Add(new CommentedJson().Set("Name", "Host").Set("Value", address.Host));
            report.Note("Without `proxy_set_header Host` a destination is told its own name, as with nginx: such routes have a RequestHeaders for Host. Take it out where the application should know the name that clients use.");
        }

        report.Note("What clients say of themselves as X-Forwarded-… and X-Real-IP is removed, unless Forwarding:TrustedProxies has their address; nginx passes it on.");
    }

    private void AddRequestHeader(Directive header, string name, string value, Variables known)
    {
        var (translated, unknown) = known.Translate(value);
        if (translated is null)
        {
            report.Say(header, ImportOutcome.Unsupported, $"{unknown} has no counterpart; the destination gets {name} as the client sends it. Have it ask elsewhere.");
            return;
        }

        draft.RequestHeaders.Add(new CommentedJson().Set("Name", name).Set("Value", translated));
        report.Say(header, ImportOutcome.Kept, ProxiedHeaders.Contains(name, StringComparer.OrdinalIgnoreCase) ? "RequestHeaders, or Forwarding:Headers where all locations have it." : "RequestHeaders.");
    }

    private void AddBodies()
    {
        if (scope.Find("client_max_body_size") is { } size)
        {
            if (NginxValue.Size(size.Argument) is { } bytes)
            {
                if (!ReferenceEquals(size, server.BodySize))
                {
                    draft.Route.Set("MaxRequestBodySize", bytes == 0 ? -1 : bytes);
                }

                report.Say(size, ImportOutcome.Kept, ReferenceEquals(size, server.BodySize) ? "Edge:MaxRequestBodyBytes." : "MaxRequestBodySize.");
            }
            else
            {
                report.Say(size, ImportOutcome.Unsupported, $"'{size.Argument}' is no size.");
            }
        }

        foreach (var (name, key) in (ReadOnlySpan<(string, string)>)[("proxy_request_buffering", "Bodies.BufferRequests"), ("proxy_buffering", "Bodies.BufferAnswers")])
        {
            if (scope.Find(name) is { } buffering)
            {
                if (buffering.Argument == "on")
                {
                    draft.Metadata.Set(key, "true");
                }

                report.Say(buffering, ImportOutcome.Kept, buffering.Argument == "on" ? $"{key}." : "What passes is passed on as it comes.");
            }
        }

        foreach (var (name, key, least) in (ReadOnlySpan<(string, string, int)>)[("client_body_timeout", "Bodies.ReceiveTimeout", 1), ("send_timeout", "Bodies.SendTimeout", 2)])
        {
            if (scope.Find(name) is { } directive && NginxValue.Time(directive.Argument) is { } time)
            {
                var bounded = time < TimeSpan.FromSeconds(least) ? TimeSpan.FromSeconds(least) : time > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : time;
                draft.Metadata.Set(key, NginxValue.Write(bounded));
                report.Say(directive, bounded == time ? ImportOutcome.Kept : ImportOutcome.Changed, $"{key}.");
            }
        }

        foreach (var name in (string[])["proxy_pass_request_body", "proxy_pass_request_headers", "proxy_method", "proxy_set_body"])
        {
            if (name is "proxy_pass_request_body" or "proxy_pass_request_headers" && scope.Find(name) is { Argument: "off" } body && server.Locations.IsAsked(location))
            {
                var isInternal = scope.Own("internal").Any();
                report.Say(body, isInternal ? ImportOutcome.Kept : ImportOutcome.Changed, $"AuthRequest keeps it.{(isInternal ? "" : " What a client asks here itself is passed on whole.")}");
            }
            else if (scope.Find(name) is { } other && other.Argument != "on")
            {
                draft.Refuse(other, "Requests are passed on with what they bring.");
            }
        }
    }
}
