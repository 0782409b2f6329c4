using System.Globalization;
using System.Text.RegularExpressions;
using YarpWs.Gateway.Import.Grammar;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>
/// Makes a route of a location: (1) who is let in; (2) what answers; (3) what is added to answers. What nginx would refuse and the gateway cannot, and what
/// cannot be answered as nginx does, makes the route one that answers 501.
/// </summary>
/// <param name="scope">The location's block, or the server's for what no location takes.</param>
/// <param name="location">What it matches.</param>
/// <param name="variables">What holds here.</param>
/// <param name="server">The server that it is one of.</param>
/// <param name="upstreams">Where clusters come from.</param>
/// <param name="report">Where it is told.</param>
internal sealed partial class LocationTranslation(Scope scope, NginxLocation location, Variables variables, ServerTranslation server, Upstreams upstreams, ImportReport report)
{
    private static readonly string[] ProxiedHeaders = ["X-Real-IP", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"];

    private readonly CommentedJson _route = new();
    private readonly CommentedJson _metadata = new();
    private readonly List<object> _transforms = [];
    private readonly List<object> _headers = [];
    private readonly List<object> _removed = [];
    private readonly List<object> _requestHeaders = [];

    /// <summary>Why it answers 501; the first reason is told to whoever asks.</summary>
    private readonly List<string> _refusals = [];

    private CommentedJson? _answer;

    /// <summary>Whether sockets are opened there.</summary>
    public bool IsForSockets { get; private set; }

    /// <summary>Routes for methods that are answered otherwise, each with the methods.</summary>
    public List<(IReadOnlyList<object> Methods, CommentedJson Route)> Others { get; } = [];

    /// <summary>The methods that the route itself takes; empty for all.</summary>
    public IReadOnlyList<object> Methods { get; private set; } = [];

    public bool IsRefused => _refusals.Count > 0;

    /// <summary>The route without its Match.</summary>
    public CommentedJson Translate(Directive? directive)
    {
        _route.Set("AuthorizationPolicy", "anonymous");
        AddConditions();
        var isReturned = AddReturn(scope, scope.Directives);
        if (!isReturned)
        {
            AddGuards();
            AddRewrites();
        }

        if (!isReturned && _answer is null)
        {
            AddHandler();
        }

        AddHeaders(scope, _headers);
        AddRemovedHeaders();
        AddErrorPages();
        AddCompression();
        if (IsRefused)
        {
            if (directive is not null)
            {
                report.Say(directive, ImportOutcome.Changed, "It answers 501: see the lines within it that are not supported.");
            }

            return new CommentedJson().Set("AuthorizationPolicy", "anonymous")
                .Set("Answer", new CommentedJson().Set("Status", 501).Set("Body", $"Not taken over from nginx: {_refusals[0].Replace("$", "$$", StringComparison.Ordinal)}"), [.. _refusals.Select(why => $"Not supported: {why}")]);
        }

        if (directive is not null)
        {
            report.Say(directive, ImportOutcome.Kept, $"A route at \"{location.Text}\".");
        }

        SetIfAny("Answer", _answer);
        SetIfAny("Transforms", _transforms);
        SetIfAny("RequestHeaders", _requestHeaders);
        SetIfAny("Headers", _headers);
        SetIfAny("RemoveHeaders", _removed);
        if (!_metadata.IsEmpty)
        {
            _route.Set("Metadata", _metadata);
        }

        return _route;
    }

    private void SetIfAny(string name, object? value)
    {
        if (value is not null and not List<object> { Count: 0 })
        {
            _route.Set(name, value);
        }
    }

    private void Refuse(Directive directive, string why)
    {
        report.Say(directive, ImportOutcome.Unsupported, $"{why} Until then this location answers 501.");
        _refusals.Add($"{Upstreams.Place(directive)}: {directive.Name}");
    }

    /// <summary>if in its safe forms: by the method, with nothing but an answer in it.</summary>
    private void AddConditions()
    {
        if (server.Refusal is { } refusal)
        {
            _refusals.Add(refusal);
        }

        foreach (var condition in server.MethodConditions.Concat(scope.Own("if")))
        {
            var text = string.Join(' ', condition.Arguments).Trim('(', ')', ' ');
            var isAnswer = condition.Inner.All(inner => inner.Name is "return" or "add_header" or "default_type" or "access_log") && condition.Inner.Any(inner => inner.Name == "return");
            var method = MethodIs().Match(text);
            if (!method.Success || !isAnswer)
            {
                Refuse(condition, method.Success
                    ? "An 'if' is taken over where it holds nothing but add_header and return: write what is in it as a location of its own."
                    : "An 'if' is taken over where it compares $request_method: write what it does as a location or a server of its own, or have the destination do it.");
                continue;
            }

            List<object> methods = [.. method.Groups["methods"].Value.Split('|')];
            var inner = new Scope(scope, condition.Inner);
            var answer = new LocationTranslation(inner, location, variables, server, upstreams, report);
            if (!answer.AddReturn(inner, condition.Inner))
            {
                Refuse(condition, "What it returns cannot be said here.");
                continue;
            }

            answer.AddHeaders(inner, answer._headers);
            var route = answer.Finish();
            if (method.Groups["not"].Success)
            {
                Methods = methods;
                Others.Add(([], route));
            }
            else
            {
                Others.Add((methods, route));
            }

            report.Say(condition, ImportOutcome.Kept, "A route of the same location for these methods.");
        }
    }

    private CommentedJson Finish()
    {
        _route.Set("AuthorizationPolicy", "anonymous");
        SetIfAny("Answer", _answer);
        SetIfAny("Headers", _headers);
        return _route;
    }

    /// <summary>Returns whether a return stands here, which answers before anybody is refused.</summary>
    private bool AddReturn(Scope where, IReadOnlyList<Directive> directives)
    {
        if (directives.FirstOrDefault(directive => directive.Name == "return") is not { } @return)
        {
            return false;
        }

        var first = @return.Argument;
        var status = int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 302;
        var text = @return.Arguments.Count > 1 ? @return.Arguments[1] : char.IsAsciiDigit(first.FirstOrDefault()) ? null : first;
        if (status == 444)
        {
            _answer = new CommentedJson().Set("Close", true);
            report.Say(@return, ImportOutcome.Kept, "Answer:Close.");
            return true;
        }

        if (status is < 200 or > 599)
        {
            Refuse(@return, $"{status} is no status that is sent.");
            return true;
        }

        var (translated, unknown) = text is null ? (null, "") : variables.Translate(text);
        if (unknown.Length > 0)
        {
            Refuse(@return, $"{unknown} has no counterpart.");
            return true;
        }

        _answer = new CommentedJson().Set("Status", status);
        if (status is 301 or 302 or 303 or 307 or 308)
        {
            _answer.Set("Location", translated is ['/', ..] && where.Find("absolute_redirect")?.Argument != "off" ? server.Absolute(translated) : translated ?? "/");
        }
        else if (status is not (204 or 205 or 304))
        {
            if (translated is not null)
            {
                _answer.Set("Body", translated);
            }

            AddContentType(where, translated is not null);
        }

        report.Say(@return, ImportOutcome.Kept, "Answer.");
        return true;
    }

    /// <summary>A type that add_header says beside the one that nginx says goes in its place: two of them are read in several ways.</summary>
    private void AddContentType(Scope where, bool hasBody)
    {
        if (where.Find("default_type") is { } type)
        {
            report.Say(type, ImportOutcome.Kept, "Answer:ContentType, and Files:DefaultType.");
        }

        var added = where.FindAll("add_header").FirstOrDefault(header => header.Argument.Equals("Content-Type", StringComparison.OrdinalIgnoreCase));
        if (hasBody)
        {
            _answer!.Set("ContentType", added?.Arguments.ElementAtOrDefault(1) ?? where.Find("default_type")?.Argument ?? "text/plain");
        }
    }

    private void AddGuards()
    {
        foreach (var (name, why) in KnownDirectives.Guards)
        {
            if (scope.Find(name) is { } guard && guard.Argument != "off")
            {
                Refuse(guard, why);
            }
        }

        var rules = scope.FindAll("allow", "deny");
        if (rules.Count > 0)
        {
            AddNetworks(rules);
        }

        if (scope.Find("auth_basic") is { } basic && basic.Argument != "off")
        {
            AddBasicAuth(basic);
        }

        if (scope.Find("satisfy") is { } satisfy)
        {
            if (satisfy.Argument == "any" && rules.Count > 0)
            {
                Refuse(satisfy, "Of an address and a password both are asked here, never one of them.");
            }
            else
            {
                report.Say(satisfy, ImportOutcome.Kept, "All that is asked is asked.");
            }
        }

        if (scope.Own("internal").FirstOrDefault() is { } @internal)
        {
            _route.Set("Internal", true);
            report.Say(@internal, ImportOutcome.Changed, "404 from outside; error pages and fallbacks lead there. X-Accel-Redirect of a destination does not.");
        }

        AddLimits();
    }

    private void AddNetworks(IReadOnlyList<Directive> rules)
    {
        if (scope.Find("real_ip_header") is { } header && !ServerTranslation.IsClientKnown(scope))
        {
            Refuse(header, "Clients behind a proxy are known by X-Forwarded-For alone, so that these rules would look at the proxy.");
            return;
        }

        var networks = new List<object>();
        foreach (var rule in rules)
        {
            if (rule.Argument.StartsWith("unix:", StringComparison.Ordinal))
            {
                report.Say(rule, ImportOutcome.Meaningless, "Nobody comes by a unix socket.");
            }
            else
            {
                networks.Add(new CommentedJson().Set(rule.Name == "allow" ? "Allow" : "Deny", rule.Argument));
                report.Say(rule, ImportOutcome.Kept, "Networks.");
            }
        }

        _route.Set("Networks", networks);
    }

    private void AddBasicAuth(Directive basic)
    {
        var (realm, unknown) = variables.Translate(basic.Argument);
        if (scope.Find("auth_basic_user_file") is not { } file || realm is null || file.Argument.Contains('$', StringComparison.Ordinal))
        {
            Refuse(basic, unknown.Length > 0 ? $"{unknown} has no counterpart." : "There is no auth_basic_user_file, or its name holds a variable.");
            return;
        }

        // The destination gets the header, as it does from nginx.
        _route.Set("BasicAuth", new CommentedJson().Set("Realm", realm.Replace("\"", "'", StringComparison.Ordinal)).Set("File", server.PathOf(file.Argument)).Set("Forward", true));
        report.Say(basic, ImportOutcome.Kept, "BasicAuth.");
        report.Say(file, ImportOutcome.Kept, "BasicAuth:File.");
    }

    private void AddLimits()
    {
        var isForSockets = HasUpgrade() && location.Text != "/";
        foreach (var limit in scope.FindAll("limit_conn"))
        {
            var zone = server.ZoneOf(limit);
            if (isForSockets && zone is { Name: "limit_conn_zone", Argument: "$binary_remote_addr" or "$remote_addr" } && int.TryParse(limit.Arguments.ElementAtOrDefault(1), out var count) && count > 0)
            {
                _metadata.Set("Sockets.MaxSocketsPerAddress", limit.Arguments[1]);
                report.Say(zone, ImportOutcome.Kept, "Counted by address.");
                report.Say(limit, ImportOutcome.Changed, "Sockets.MaxSocketsPerAddress: sockets of the address are counted, beyond it the answer is 429; plain requests of this location are not.");
            }
            else
            {
                RefuseLimit(limit, zone, "Plain requests under way are not counted by address yet.");
            }
        }

        AddRates();
        foreach (var directive in scope.FindAll("limit_rate", "limit_rate_after"))
        {
            report.Say(directive, ImportOutcome.Unsupported, "Answers are sent as fast as clients take them.");
        }
    }

    private void AddRates()
    {
        var rates = new List<object>();
        foreach (var limit in scope.FindAll("limit_req"))
        {
            if (server.ZoneOf(limit) is { Name: "limit_req_zone" } zone && RateOf(limit, zone) is { } rate)
            {
                rates.Add(rate);
                report.Say(zone, ImportOutcome.Kept, "RequestRates: Zone, Key, Requests and Per. Its size has no counterpart: it holds 65,536 keys.");
                report.Say(limit, ImportOutcome.Kept, "RequestRates.");
            }
            else
            {
                RefuseLimit(limit, server.ZoneOf(limit), "Its zone is not there, or counts by what has no counterpart.");
            }
        }

        if (rates.Count > 0)
        {
            _route.Set("RequestRates", rates);
            foreach (var directive in new[] { scope.Find("limit_req_status"), scope.Find("limit_req_dry_run") }.OfType<Directive>())
            {
                report.Say(directive, ImportOutcome.Kept, directive.Name == "limit_req_status" ? "RequestRates:Status." : "RequestRates:DryRun.");
            }
        }
    }

    /// <summary>Null where something of it has no counterpart.</summary>
    private CommentedJson? RateOf(Directive limit, Directive zone)
    {
        var (key, _) = variables.Translate(zone.Argument.Replace("$binary_remote_addr", "$remote_addr", StringComparison.Ordinal));
        var rate = RatePattern().Match(OptionOf(zone, "rate=") ?? "1r/s");
        if (key is null || !rate.Success || !int.TryParse(rate.Groups["count"].Value, out var requests) || !int.TryParse(OptionOf(limit, "burst=") ?? "0", out var burst))
        {
            return null;
        }

        var json = new CommentedJson().Set("Zone", OptionOf(limit, "zone=")!).Set("Key", key).Set("Requests", requests);
        if (rate.Groups["unit"].Value == "m")
        {
            json.Set("Per", "00:01:00");
        }

        if (burst > 0)
        {
            json.Set("Burst", burst);
            if (!limit.Arguments.Contains("nodelay"))
            {
                if (!int.TryParse(OptionOf(limit, "delay=") ?? "0", out var atOnce))
                {
                    return null;
                }

                json.Set("DelayBeyond", Math.Min(atOnce, burst));
            }
        }

        json.Set("Status", int.TryParse(scope.Find("limit_req_status")?.Argument, out var status) ? status : 503);
        return scope.IsOn("limit_req_dry_run") ? json.Set("DryRun", true) : json;
    }

    private static string? OptionOf(Directive directive, string option) =>
        directive.Arguments.FirstOrDefault(argument => argument.StartsWith(option, StringComparison.Ordinal))?[option.Length..].Split(':')[0];

    [GeneratedRegex("^(?<count>[0-9]+)r/(?<unit>[sm])$")]
    private static partial Regex RatePattern();

    private void RefuseLimit(Directive limit, Directive? zone, string why)
    {
        if (server.IsAllowed(limit.Name))
        {
            report.Say(limit, ImportOutcome.Unsupported, $"{why} The location answers without a limit.");
        }
        else
        {
            Refuse(limit, $"{why} Take the limit out, or import with --allow {limit.Name} to do without.");
        }

        if (zone is not null)
        {
            report.Say(zone, ImportOutcome.Changed, "Nothing is counted in it.");
        }
    }

    private void AddRewrites()
    {
        foreach (var rewrite in scope.Own("rewrite"))
        {
            var (expression, replacement) = (rewrite.Argument, rewrite.Arguments.ElementAtOrDefault(1) ?? "");
            var flag = rewrite.Arguments.ElementAtOrDefault(2) ?? "";
            var isRedirect = flag is "permanent" or "redirect" || replacement.StartsWith("http://", StringComparison.Ordinal) || replacement.StartsWith("https://", StringComparison.Ordinal) || replacement.StartsWith("$scheme", StringComparison.Ordinal);
            if (Expression.FaultOf(expression, ignoreCase: false) is { } fault)
            {
                Refuse(rewrite, $"The expression cannot be read: {fault}");
            }
            else if (isRedirect)
            {
                AddRedirect(rewrite, expression, replacement, flag == "permanent" ? 301 : 302);
            }
            else if (flag == "break" && scope.Find("proxy_pass") is not null && GroupsAlone().IsMatch(variables.Fold(replacement)))
            {
                _transforms.Add(new CommentedJson().Set("PathRewrite", expression).Set("To", variables.Fold(replacement)));
                report.Say(rewrite, ImportOutcome.Kept, "PathRewrite.");
            }
            else
            {
                Refuse(rewrite, "A path is changed on its way to a destination ('break' with groups of its expression alone), or by a redirect; one that is looked up again is written as locations of their own.");
            }
        }
    }

    /// <summary>Only one that fits every path of the location answers it.</summary>
    private void AddRedirect(Directive rewrite, string expression, string replacement, int status)
    {
        if (_answer is not null)
        {
            report.Say(rewrite, ImportOutcome.Meaningless, "The one above it answers.");
            return;
        }

        if (expression is not ("^" or ".*" or "^.*" or "^.*$" or "^(.*)$" or "^/(.*)$" or "^/(.*)" or "^(.*)" or "(.*)" or "^/?(.*)$" or "^/"))
        {
            Refuse(rewrite, "A redirect for some paths of a location is written as a location with that expression.");
            return;
        }

        // $1 is the path, with or without its first slash.
        var path = expression.StartsWith("^/", StringComparison.Ordinal) ? "/$1" : "$1";
        var target = variables.Fold(replacement).Replace(path, "$uri", StringComparison.Ordinal);
        var (translated, unknown) = variables.Translate(target);
        if (translated is null || unknown.Length > 0 || target.Contains("$1", StringComparison.Ordinal))
        {
            Refuse(rewrite, unknown.Length > 0 ? $"{unknown} has no counterpart." : "The path stands where it cannot be put.");
            return;
        }

        translated = translated is [.. var head, '?'] ? head : translated.Contains('?', StringComparison.Ordinal) ? $"{translated}&$args" : $"{translated}$is_args$args";
        _answer = new CommentedJson().Set("Status", status).Set("Location", translated is ['/', ..] || translated.StartsWith("$uri", StringComparison.Ordinal) ? server.Absolute(translated) : translated);
        report.Say(rewrite, ImportOutcome.Kept, "Answer.");
    }

    private void AddHandler()
    {
        foreach (var directive in scope.Directives)
        {
            if (KnownDirectives.Handlers.TryGetValue(directive.Name, out var why))
            {
                Refuse(directive, why);
                return;
            }
        }

        if (scope.Own("proxy_pass").FirstOrDefault() is { } pass)
        {
            AddProxy(pass);
        }
        else
        {
            AddFiles();
        }
    }

    private void AddProxy(Directive pass)
    {
        if (scope.Own("try_files").FirstOrDefault() is { } files)
        {
            Refuse(files, "Files and a destination at one location: let try_files stand alone, and its fallback be a location @name with proxy_pass.");
            return;
        }

        var url = variables.Fold(pass.Argument);
        if (ProxyUrl().Match(url) is not { Success: true } parts)
        {
            Refuse(pass, url.Contains('$', StringComparison.Ordinal)
                ? $"The destination follows from the request ({url}): write a location or a server for each, with a destination of its own."
                : $"'{url}' is no address that can be forwarded to.");
            return;
        }

        var (scheme, authority, uri) = (parts.Groups["scheme"].Value, parts.Groups["authority"].Value, parts.Groups["uri"].Value);
        var (cluster, why) = upstreams.Cluster(scheme, authority, scope, pass);
        if (cluster is null)
        {
            Refuse(pass, $"{char.ToUpperInvariant(why[0])}{why[1..]}");
            return;
        }

        _route.Set("ClusterId", cluster);
        report.Say(pass, ImportOutcome.Kept, $"Cluster {cluster}.");
        AddUri(pass, uri, isVariable: pass.Argument.Contains('$', StringComparison.Ordinal));
        AddRequestHeaders(scheme, authority);
        AddBodies();
        if (IsForSockets)
        {
            var idle = NginxValue.Time(scope.Find("proxy_read_timeout")?.Argument ?? "60") ?? TimeSpan.FromSeconds(60);
            _metadata.Set("Sockets.IdleTimeout", NginxValue.Write(idle < TimeSpan.FromSeconds(10) ? TimeSpan.FromSeconds(10) : idle > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : idle));
        }

        foreach (var off in scope.FindAll("proxy_redirect"))
        {
            report.Say(off, off.Argument == "off" ? ImportOutcome.Kept : off.Argument == "default" ? ImportOutcome.Changed : ImportOutcome.Unsupported, off.Argument == "off"
                ? "Location goes through as the destination wrote it."
                : "Location goes through as the destination wrote it; have the destination write addresses by Host and X-Forwarded-Proto.");
        }
    }

    /// <summary>What of the path gives way to the path of proxy_pass.</summary>
    private void AddUri(Directive pass, string uri, bool isVariable)
    {
        if (uri.Length == 0 || uri is "$request_uri" or "$uri$is_args$args" or "$document_uri$is_args$args")
        {
            return;
        }

        if (isVariable || location.IsExpression || location.IsNamed)
        {
            // With variables it is the whole target, and the query only where it is named.
            var (target, unknown) = variables.Translate(uri);
            if (target is null)
            {
                Refuse(pass, $"{unknown} has no counterpart.");
                return;
            }

            _transforms.Add(new CommentedJson().Set("Target", target));
            return;
        }

        _transforms.Add(new CommentedJson().Set("LocationPrefix", uri));
        if (uri.Contains('?', StringComparison.Ordinal))
        {
            report.Say(pass, ImportOutcome.Changed, $"The rest of the path is put behind '{uri}', query and all, as nginx does; it is hardly meant so.");
        }
    }

    private bool HasUpgrade() => scope.FindAll("proxy_set_header").Any(header => header.Argument.Equals("Upgrade", StringComparison.OrdinalIgnoreCase));

    private void AddRequestHeaders(string scheme, string authority)
    {
        var hasHost = false;
        foreach (var header in scope.FindAll("proxy_set_header"))
        {
            var (name, value) = (header.Argument, header.Arguments.ElementAtOrDefault(1) ?? "");
            hasHost |= name.Equals("Host", StringComparison.OrdinalIgnoreCase);
            switch (name.ToUpperInvariant())
            {
                case "UPGRADE":
                    IsForSockets = true;
                    report.Say(header, ImportOutcome.Kept, "The gateway opens WebSockets by itself.");
                    break;
                case "CONNECTION" or "KEEP-ALIVE" or "PROXY-CONNECTION" or "TE" or "TRANSFER-ENCODING":
                    report.Say(header, ImportOutcome.Meaningless, "The connection to a destination is the gateway's own: Connection says upgrade where a WebSocket is opened, and nowhere else.");
                    break;
                case "HOST" when value is "$http_host" || (value is "$host" && !server.HasOtherPorts):
                    report.Say(header, ImportOutcome.Kept, "Destinations get the client's Host.");
                    break;
                case "X-REAL-IP" when value == "$remote_addr":
                case "X-FORWARDED-FOR" when value is "$proxy_add_x_forwarded_for" or "$remote_addr":
                case "X-FORWARDED-PROTO" when value is "$scheme":
                case "X-FORWARDED-HOST" when value is "$host" or "$http_host":
                    report.Say(header, ImportOutcome.Kept, "Forwarding:Headers. What a client says under these names counts where Forwarding:TrustedProxies has its address.");
                    break;
                case "CONTENT-LENGTH":
                    report.Say(header, ImportOutcome.Unsupported, "The length of a body is the body's own.");
                    break;
                default:
                    AddRequestHeader(header, name, value);
                    break;
            }
        }

        if (!hasHost)
        {
            // As nginx without proxy_set_header Host.
            _requestHeaders.Add(new CommentedJson().Set("Name", "Host").Set("Value", Without(authority, scheme == "https" ? ":443" : ":80")));
            report.Note("Without `proxy_set_header Host` a destination is told its own name, as with nginx: such routes have a RequestHeaders for Host. Take it out where the application should know the name that clients use.");
        }

        report.Note("Destinations get X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host and X-Real-IP on every route (Forwarding:Headers), also where nginx was not told to send them, and what clients say under these names is removed.");
    }

    private void AddRequestHeader(Directive header, string name, string value)
    {
        var (translated, unknown) = variables.Translate(value);
        if (translated is null)
        {
            report.Say(header, ImportOutcome.Unsupported, $"{unknown} has no counterpart; the destination gets {name} as the client sends it. Have it ask elsewhere.");
            return;
        }

        _requestHeaders.Add(new CommentedJson().Set("Name", name).Set("Value", translated));
        report.Say(header, ImportOutcome.Kept, ProxiedHeaders.Contains(name, StringComparer.OrdinalIgnoreCase) ? "RequestHeaders, over what the gateway says by itself." : "RequestHeaders.");
    }

    private static string Without(string text, string end) => text.EndsWith(end, StringComparison.Ordinal) ? text[..^end.Length] : text;

    private void AddBodies()
    {
        if (scope.Find("client_max_body_size") is { } size)
        {
            if (NginxValue.Size(size.Argument) is { } bytes)
            {
                if (!ReferenceEquals(size, server.BodySize))
                {
                    _route.Set("MaxRequestBodySize", bytes == 0 ? -1 : bytes);
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
                    _metadata.Set(key, "true");
                }

                report.Say(buffering, ImportOutcome.Kept, buffering.Argument == "on" ? $"{key}." : "What passes is passed on as it comes.");
            }
        }

        foreach (var (name, key, least) in (ReadOnlySpan<(string, string, int)>)[("client_body_timeout", "Bodies.ReceiveTimeout", 1), ("send_timeout", "Bodies.SendTimeout", 2)])
        {
            if (scope.Find(name) is { } directive && NginxValue.Time(directive.Argument) is { } time)
            {
                var bounded = time < TimeSpan.FromSeconds(least) ? TimeSpan.FromSeconds(least) : time > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : time;
                _metadata.Set(key, NginxValue.Write(bounded));
                report.Say(directive, bounded == time ? ImportOutcome.Kept : ImportOutcome.Changed, $"{key}.");
            }
        }

        foreach (var name in (string[])["proxy_pass_request_body", "proxy_pass_request_headers", "proxy_method", "proxy_set_body"])
        {
            if (scope.Find(name) is { } other && other.Argument != "on")
            {
                Refuse(other, "Requests are passed on with what they bring.");
            }
        }
    }

    private void AddFiles()
    {
        var alias = scope.Own("alias").FirstOrDefault();
        var root = alias ?? scope.Find("root");
        if (root is null)
        {
            _answer = new CommentedJson().Set("Status", 404);
            report.Note("Where nothing answers and no root is named, nginx looks into the html directory that it was built with; such locations answer 404 here.");
            return;
        }

        var (directory, isConstant) = (variables.Fold(root.Argument), !variables.Fold(root.Argument).Contains('$', StringComparison.Ordinal));
        if (!isConstant || (alias is not null && location.IsExpression))
        {
            Refuse(root, "A directory with variables in its name is not looked up; write a location for each.");
            return;
        }

        var files = new CommentedJson().Set(alias is null ? "Root" : "Alias", server.PathOf(directory));
        report.Say(root, ImportOutcome.Kept, "Files.");
        if (scope.Find("index") is { } index)
        {
            List<object> names = [.. index.Arguments.Where(name => !name.Contains('/', StringComparison.Ordinal) && !name.Contains('$', StringComparison.Ordinal))];
            files.Set("Index", names);
            report.Say(index, names.Count == index.Arguments.Count ? ImportOutcome.Kept : ImportOutcome.Unsupported, "Files:Index, names in the directory alone.");
        }

        if (scope.Own("try_files").FirstOrDefault() is { } tries && !AddTries(tries, files))
        {
            return;
        }

        if (scope.Find("autoindex") is { Argument: "on" } listing)
        {
            report.Say(listing, ImportOutcome.Unsupported, "Directories are not listed; one without an index answers 403.");
        }

        if (scope.Find("gzip_static") is { Argument: not "off" } precompressed)
        {
            files.Set("Precompressed", true);
            report.Say(precompressed, ImportOutcome.Kept, "Files:Precompressed.");
        }

        if (scope.Find("default_type") is { } type)
        {
            files.Set("DefaultType", type.Argument);
            report.Say(type, ImportOutcome.Kept, "Files:DefaultType.");
        }
        else
        {
            // nginx's own, where its files name no type.
            files.Set("DefaultType", "text/plain");
        }

        if (scope.Find("charset") is { Argument: not "off" } charset)
        {
            files.Set("Charset", charset.Argument);
            report.Say(charset, ImportOutcome.Changed, "Files:Charset; destinations say their own.");
        }

        // nginx shows them, unless a location refuses them.
        files.Set("DotFiles", true);
        if (scope.Find("disable_symlinks") is { } links)
        {
            files.Set("Links", links.Argument == "off" ? "Anywhere" : "Inside");
            report.Say(links, links.Argument == "off" ? ImportOutcome.Kept : ImportOutcome.Changed, "Files:Links.");
        }
        else
        {
            files.Set("Links", "Anywhere");
        }

        _route.Set("Files", files);
    }

    private bool AddTries(Directive tries, CommentedJson files)
    {
        List<object> candidates = [];
        foreach (var candidate in tries.Arguments.SkipLast(1).Select(variables.Fold))
        {
            if (candidate.Replace("$uri", "", StringComparison.Ordinal).Contains('$', StringComparison.Ordinal) || !(candidate.StartsWith('/') || candidate.StartsWith("$uri", StringComparison.Ordinal)))
            {
                Refuse(tries, $"'{candidate}' names files by more than the path.");
                return false;
            }

            candidates.Add(candidate);
        }

        var last = tries.Arguments.Count > 0 ? tries.Arguments[^1] : "=404";
        var (fallback, unknown) = last is ['@', ..] ? (server.IdOfNamed(last), "") : variables.Translate(last);
        if (fallback is null || (!fallback.StartsWith('=') && !fallback.StartsWith('/') && !fallback.StartsWith('@') && !fallback.StartsWith("$uri", StringComparison.Ordinal)))
        {
            Refuse(tries, unknown.Length > 0 ? $"{unknown} has no counterpart." : $"'{last}' is no place to go on at.");
            return false;
        }

        files.Set("TryFiles", candidates).Set("Fallback", fallback);
        report.Say(tries, ImportOutcome.Kept, "Files:TryFiles, and Files:Fallback.");
        return true;
    }

    private void AddHeaders(Scope where, List<object> headers)
    {
        foreach (var header in where.FindAll("add_header"))
        {
            var (name, value) = (header.Argument, header.Arguments.ElementAtOrDefault(1) ?? "");
            if (name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase) && _answer is not null)
            {
                report.Say(header, ImportOutcome.Changed, "Answer:ContentType, in place of a second Content-Type beside that of nginx.");
                continue;
            }

            var (translated, unknown) = variables.Translate(value);
            if (translated is null)
            {
                report.Say(header, ImportOutcome.Unsupported, $"{unknown} has no counterpart; answers go without {name}.");
                continue;
            }

            var json = new CommentedJson().Set("Name", name).Set("Value", translated);
            headers.Add(header.Arguments.Contains("always") ? json.Set("Always", true) : json);
            report.Say(header, ImportOutcome.Kept, "Headers.");
        }

        if (where.Find("expires") is not { Argument: not "off" } expires)
        {
            return;
        }

        var text = expires.Arguments is ["modified", ..] ? "modified" : expires.Argument;
        if (text is "epoch" || text.StartsWith('-'))
        {
            headers.Add(new CommentedJson().Set("Name", "Expires").Set("Value", "Thu, 01 Jan 1970 00:00:01 GMT"));
            headers.Add(new CommentedJson().Set("Name", "Cache-Control").Set("Value", "no-cache"));
            _removed.AddRange(["Expires", "Cache-Control"]);
            report.Say(expires, text == "epoch" ? ImportOutcome.Kept : ImportOutcome.Changed, "Headers: Cache-Control: no-cache, and an Expires of the past.");
        }
        else if (text == "max" || (NginxValue.Time(text) is { } time && time <= TimeSpan.FromDays(3650)))
        {
            _route.Set("Expires", NginxValue.Write(text == "max" ? TimeSpan.FromDays(3650) : NginxValue.Time(text)!.Value));
            report.Say(expires, text == "max" ? ImportOutcome.Changed : ImportOutcome.Kept, text == "max" ? "Expires, ten years from now on." : "Expires.");
        }
        else
        {
            report.Say(expires, ImportOutcome.Unsupported, "Answers have one age for each route, counted from when they are sent; write it as a time.");
        }
    }

    private void AddRemovedHeaders()
    {
        foreach (var hidden in scope.FindAll("proxy_hide_header"))
        {
            _removed.Add(hidden.Argument);
            report.Say(hidden, ImportOutcome.Kept, "RemoveHeaders.");
        }
    }

    private void AddErrorPages()
    {
        var pages = new List<object>();
        var ofDestinations = scope.IsOn("proxy_intercept_errors");
        foreach (var page in scope.FindAll("error_page"))
        {
            var statuses = page.Arguments.Select(argument => int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 300 and <= 599 ? status : 0).Where(status => status > 0).Distinct().ToList();
            var change = page.Arguments.FirstOrDefault(argument => argument.StartsWith('='));
            var (place, unknown) = page.Arguments[^1] is ['@', ..] ? (server.IdOfNamed(page.Arguments[^1]), "") : variables.Translate(page.Arguments[^1]);
            if (place is null || statuses.Count == 0)
            {
                report.Say(page, ImportOutcome.Unsupported, unknown.Length > 0 ? $"{unknown} has no counterpart; the gateway's own sentence is sent." : "There is no such location, or no status from 300 to 599; the gateway's own sentence is sent.");
                continue;
            }

            var json = new CommentedJson().Set("Statuses", (List<object>)[.. statuses]);
            json.Set(place.StartsWith('/') || place.StartsWith('@') ? "Path" : "Location", place);
            if (change is ['=', _, ..] && int.TryParse(change[1..], out var status) && status is >= 200 and <= 599)
            {
                json.Set("Status", status);
            }

            pages.Add(ofDestinations ? json.Set("OfDestinations", true) : json);
            report.Say(page, change == "=" ? ImportOutcome.Changed : ImportOutcome.Kept, change == "=" ? "ErrorPages; a page that answers 2xx keeps the status of the error." : "ErrorPages.");
        }

        if (scope.Find("proxy_intercept_errors") is { } intercept)
        {
            report.Say(intercept, ImportOutcome.Kept, "OfDestinations in ErrorPages.");
        }

        SetIfAny("ErrorPages", pages);
    }

    private void AddCompression()
    {
        if (scope.Find("gzip") is not { } gzip)
        {
            return;
        }

        report.Say(gzip, ImportOutcome.Kept, gzip.Argument == "on" ? "Compression, gzip and Brotli. Over TLS mind BREACH: leave it off where an answer holds a secret beside what a stranger can put there." : "Not compressed.");
        if (gzip.Argument != "on")
        {
            return;
        }

        var types = scope.Find("gzip_types");
        var compression = new CommentedJson().Set("Types", (List<object>)[.. (types?.Arguments ?? []).Prepend("text/html").Where(type => type != "text/event-stream").Select(type => type == "*" ? "*/*" : type).Distinct()]);
        Bounded("gzip_min_length", "MinLength", 20, 0, 1 << 30);
        Bounded("gzip_comp_level", "Level", 1, 1, 9);
        if (types is not null)
        {
            report.Say(types, types.Arguments.Contains("text/event-stream") ? ImportOutcome.Changed : ImportOutcome.Kept, types.Arguments.Contains("text/event-stream") ? "Compression:Types; event streams are never compressed, or their events would wait." : "Compression:Types.");
        }

        _route.Set("Compression", compression);

        void Bounded(string name, string key, int byDefault, int least, int most)
        {
            var directive = scope.Find(name);
            compression.Set(key, (int)Math.Clamp(NginxValue.Size(directive?.Argument ?? "") ?? byDefault, least, most));
            if (directive is not null)
            {
                report.Say(directive, ImportOutcome.Kept, $"Compression:{key}.");
            }
        }
    }

    [GeneratedRegex(@"^\$request_method\s*(?:(?:=|~\*?)|(?<not>!=|!~\*?))\s*""?\^?\(?(?<methods>[A-Z]+(?:\|[A-Z]+)*)\)?\$?""?$")]
    private static partial Regex MethodIs();

    [GeneratedRegex(@"^(?<scheme>https?)://(?<authority>unix:[^:]+:?|\[[0-9a-fA-F:]+\](?::\d+)?|[A-Za-z0-9._-]+(?::\d+)?)(?<uri>(?:[/?]|\$request_uri|\$uri|\$document_uri).*)?$")]
    private static partial Regex ProxyUrl();

    [GeneratedRegex(@"^(?:[^$]|\$[1-9])*$")]
    private static partial Regex GroupsAlone();
}
