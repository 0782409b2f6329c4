using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>Makes of a server block the servers and routes that stand for it.</summary>
internal sealed class ServerTranslation
{
    private readonly NginxImport _import;
    private readonly ImportReport _report;
    private readonly Directive _directive;
    private readonly Scope _scope;
    private readonly ServerConditions _conditions;

    private string _id = "";

    /// <summary>The routes of the server that is written.</summary>
    private List<CommentedJson> _routes = [];

    private int _order;

    public ServerTranslation(NginxImport import, Scope http, Directive directive)
    {
        _import = import;
        _report = import.Report;
        _directive = directive;
        _scope = new Scope(http, directive.Inner);
        Names = [.. _scope.Own("server_name").SelectMany(name => name.Arguments)];
        Listens = [.. ReadListens()];
        _conditions = new ServerConditions(_scope, _report);
    }

    public IReadOnlyList<string> Names { get; }

    public IReadOnlyList<Listen> Listens { get; }

    public Scope Scope => _scope;

    public ServerLocations Locations => new(_scope);

    /// <summary>Why the server refuses everything: a condition that lets nobody in cannot be kept. Null where there is none.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Whether a client may have to say the port, because it is none of the usual two.</summary>
    public bool HasOtherPorts => Listens.Any(listen => listen.Port != (listen.IsTls ? 443 : 80));

    /// <summary>That of the http block, which is written for all.</summary>
    public Directive? BodySize => _import.BodySize;

    /// <summary>The logs of a block, where they are others than those of the http block; null otherwise.</summary>
    public IReadOnlyList<object>? LogsOf(Scope scope) => _import.AccessLogs.Of(scope) is { } logs && !(_import.AccessLogs.Default ?? []).SequenceEqual(logs) ? logs : null;

    public bool IsAllowed(string name) => _import.Allowed.Contains(name, StringComparer.Ordinal);

    public string PathOf(string file) => Path.GetFullPath(file, _import.Directory);

    public Directive? ZoneOf(Directive limit) => _import.ZoneOf(limit);

    public Directive? CachePathOf(Directive cache) => _import.CachePathOf(cache);

    /// <summary>Whether clients behind a proxy are known by their own addresses where real_ip_header says by what.</summary>
    public bool IsClientKnown(Scope scope) => scope.Find("real_ip_header") is { } header && (TrustedProxies.IsChain(header) || (TrustedProxies.IsProxyProtocol(header) && IsProxied));

    /// <summary>Whether a balancer in front says by the PROXY protocol for whom it opens connections.</summary>
    public bool IsProxied => Listens.Any(listen => listen.IsProxied);

    /// <summary>A path as an address, as nginx writes it where absolute_redirect is not off.</summary>
    public string Absolute(string path) => $"$scheme://$host{(HasOtherPorts ? ":$server_port" : "")}{path}";

    /// <summary>What leads to a named location; null where there is none of the name.</summary>
    public string? IdOfNamed(string name) => _scope.Own("location").Any(location => location.Argument == name) ? $"@{_id}{name}" : null;

    /// <param name="defaults">The ports on which the server is there for all hosts without one.</param>
    public void Translate(IReadOnlySet<int> defaults)
    {
        _report.Say(_directive, ImportOutcome.Kept, "Servers.");
        SayNames();
        var plain = _scope.Own("return").FirstOrDefault();
        var names = Names.Where(name => name is not ("_" or "" or "-" or "--" or "!@#")).Select(name => name.Replace("$hostname", Environment.MachineName, StringComparison.Ordinal)).Distinct().ToList();
        foreach (var (host, condition) in _conditions.ByHost)
        {
            // A name of its own, so that it is chosen as nginx's comparison would.
            names.Remove(host);
            Emit($"{host}-if", [host], [.. Listens.Select(listen => listen.Port).Distinct()], isDefault: false, condition);
        }

        foreach (var group in Listens.GroupBy(listen => (IsDefault: defaults.Contains(listen.Port), If: _conditions.ByScheme.FirstOrDefault(condition => condition.IsTls == listen.IsTls).If)))
        {
            var ports = group.Select(listen => listen.Port).Distinct().ToList();
            if (names.Count > 0 || group.Key.IsDefault)
            {
                Emit(names.Find(name => !name.StartsWith('~')) ?? "default", names, ports, group.Key.IsDefault, group.Key.If ?? plain);
            }
        }

        if (names.Count == 0 && !Listens.Any(listen => defaults.Contains(listen.Port)))
        {
            _report.Say(_directive, ImportOutcome.Meaningless, "It has no name and is the default of no port, so that no request comes here, neither with nginx.");
            foreach (var directive in Walk(_directive.Inner))
            {
                _report.Say(directive, ImportOutcome.Meaningless, "No request comes to this server.");
            }
        }
    }

    internal static IEnumerable<Directive> Walk(IEnumerable<Directive> directives) =>
        directives.SelectMany(directive => Walk(directive.Name is "map" or "types" or "geo" or "split_clients" or "charset_map" ? [] : directive.Inner).Prepend(directive));

    private IEnumerable<Listen> ReadListens()
    {
        var any = false;
        foreach (var directive in _scope.Own("listen"))
        {
            any = true;
            if (Listen.Of(directive) is { } listen)
            {
                yield return listen with { IsTls = listen.IsTls || _scope.IsOn("ssl") };
            }
            else
            {
                _report.Say(directive, ImportOutcome.Unsupported, "The gateway listens on addresses and ports.");
            }
        }

        if (!any)
        {
            yield return new Listen("*", 80, _scope.IsOn("ssl"), false, false, null);
        }
    }

    private void SayNames()
    {
        foreach (var name in _scope.Own("server_name"))
        {
            _report.Say(name, ImportOutcome.Kept, "Names of the server.");
        }

        foreach (var listen in Listens.Where(listen => listen.Directive is not null))
        {
            var options = listen.Directive!.Arguments.Skip(1).ToList();
            if (listen.IsProxied)
            {
                var isNamed = TrustedProxies.OfEndpoint(_scope).Count > 0;
                _report.Say(listen.Directive, isNamed ? ImportOutcome.Kept : ImportOutcome.Changed, isNamed
                    ? "ProxyProtocol of the endpoint: others than set_real_ip_from names are served as themselves; ServeOthers false refuses them."
                    : "ProxyProtocol of the endpoint, for balancers in private networks, because no set_real_ip_from names them: write theirs into its Networks.");
            }
            else
            {
                _report.Say(listen.Directive, options.Contains("quic") ? ImportOutcome.Changed : ImportOutcome.Kept, options.Contains("quic")
                    ? "The endpoint speaks HTTP/3 where its Protocols say so, and libmsquic is installed." : "An endpoint of Kestrel:Endpoints, and the server's Ports.");
            }
        }
    }

    /// <param name="id">What it is called, if nobody else is.</param>
    /// <param name="names">The hosts.</param>
    /// <param name="ports">The ports.</param>
    /// <param name="isDefault">Whether it is there for all hosts without a server.</param>
    /// <param name="answer">What answers whatever the path: a return, or an if with one; null where locations do.</param>
    private void Emit(string id, List<string> names, IReadOnlyList<int> ports, bool isDefault, Directive? answer)
    {
        _id = _import.NewServerId(id.Replace(':', '.').Replace('*', '_'), ports);
        var server = new CommentedJson();
        if (names.Count > 0)
        {
            server.Set("Names", (List<object>)[.. names]);
        }

        if (_import.HasSeveralPorts)
        {
            server.Set("Ports", (List<object>)[.. ports.Cast<object>()]);
        }

        if (isDefault)
        {
            server.Set("Default", true);
        }

        if (_scope.Find("absolute_redirect")?.Argument == "off")
        {
            server.Set("RelativeRedirects", true);
        }

        if (names.Any(name => name.StartsWith('~')))
        {
            server.Set("Order", _import.NextOrder());
        }

        _import.Servers.Set(_id, server, $"{Upstreams.Place(_directive)}: server {string.Join(' ', Names)}".TrimEnd());
        _order = 0;
        var variables = _import.Variables.With(_scope, _report, ("server_name", Names.Count > 0 ? Names[0] : ""), ("document_root", _scope.Find("root")?.Argument ?? ""),
            ("proxy_protocol_addr", IsProxied ? "$remote_addr" : ""), ("proxy_protocol_port", IsProxied ? "$remote_port" : ""))
            .WithCaptures(names.Find(name => name.StartsWith('~'))?[1..], isHost: true);
        var routes = new List<CommentedJson>();
        _routes = routes;
        AddRules(variables, before: answer);

        if (answer is not null)
        {
            var inner = new Scope(_scope, answer.Name == "if" ? answer.Inner : [answer]);
            var translation = new LocationTranslation(inner, new NginxLocation("", "/"), variables, this, _import.Upstreams, _report);
            Add(_import.NewRouteId(_id + "/"), translation.Translate(null), new NginxLocation("", "/"), null, null, $"{Upstreams.Place(answer)}: {answer}");
            if (answer.Name == "return")
            {
                foreach (var unreached in Walk(_scope.Own("location", "rewrite")))
                {
                    _report.Say(unreached, ImportOutcome.Meaningless, "The server's return answers before any location.");
                }
            }

            AddMaps(server, variables);
            return;
        }

        TranslateLocations(_scope, variables, within: null);
        if (!_scope.Own("location").Any(location => NginxLocation.Of(location) is { Modifier: "" or "^~", Path: "/" }))
        {
            // Where no location fits, the server's own root does.
            var rest = new Scope(_scope, [.. _scope.Own("try_files")]);
            var translation = new LocationTranslation(rest, new NginxLocation("", "/"), variables, this, _import.Upstreams, _report);
            Add(_import.NewRouteId(_id + "/"), translation.Translate(null), new NginxLocation("", "/"), null, null, $"{Upstreams.Place(_directive)}: what no location takes");
        }

        AddMaps(server, variables);
    }

    private void AddMaps(CommentedJson server, Variables variables)
    {
        if (variables.MapsOf(_routes) is { } maps)
        {
            server.Set("Maps", maps);
        }
    }

    /// <summary>What is asked before the locations, or before the answer.</summary>
    private void AddRules(Variables variables, Directive? before)
    {
        var conditions = _conditions.ByHost.Select(one => one.If).Concat(_conditions.ByScheme.Select(one => one.If)).ToHashSet();
        var scope = new Scope(_scope.Parent, [.. _scope.Directives.TakeWhile(directive => directive != before).Where(directive => !conditions.Contains(directive))]);
        var rules = new LocationTranslation(scope, new NginxLocation("", ""), variables, this, _import.Upstreams, _report);
        if (rules.TranslateRules() is { } refused)
        {
            Refusal = $"{Upstreams.Place(refused)}: if";
        }

        foreach (var (index, rule) in rules.Others.Index())
        {
            Add(_import.NewRouteId($"{_id} first {index + 1}"), rule.Route, new NginxLocation("", ""), null, rule.When, $"{Upstreams.Place(rule.From)}: {rule.From}");
        }
    }

    private void TranslateLocations(Scope scope, Variables variables, string? within)
    {
        foreach (var directive in scope.Own("location"))
        {
            var location = NginxLocation.Of(directive);
            var inner = new Scope(scope, directive.Inner);
            var known = variables.With(inner, _report).WithCaptures(location.IsExpression ? location.Path : null, isHost: false);
            var translation = new LocationTranslation(inner, location, known, this, _import.Upstreams, _report);
            var others = new List<ConditionalRoute>();
            if (inner.Own("proxy_pass").FirstOrDefault() is { } pass && known.MapIn(pass.Argument) is var (name, results))
            {
                // A destination for each result of the map; the default is the route's own.
                foreach (var result in results.SkipLast(1))
                {
                    var chosen = new LocationTranslation(inner, location, known.WithConstant(name, result), this, _import.Upstreams, _report);
                    others.Add(new ConditionalRoute($"${{map_{name}}} = {result}", chosen.Translate(null), pass));
                }

                translation = new LocationTranslation(inner, location, known.WithConstant(name, results[^1]), this, _import.Upstreams, _report);
            }

            var route = translation.Translate(directive);
            var id = NewId(directive, location);
            foreach (var (index, other) in (translation.IsRefused ? [] : translation.Others.Concat(others)).Index())
            {
                Add(_import.NewRouteId($"{id} if {index + 1}"), other.Route, location, within, other.When, $"{Upstreams.Place(other.From)}: {other.From}");
            }

            Add(id, route, location, within, null, $"{Upstreams.Place(directive)}: {directive}");
            _import.HasSockets |= translation.IsForSockets;
            TranslateLocations(inner, known, id);
        }
    }

    /// <summary>The id of a location's route, which nobody else has.</summary>
    private string NewId(Directive directive, NginxLocation location) => _import.NewRouteId(IdOf(directive, location));

    private string IdOf(Directive directive, NginxLocation location) => location switch
    {
        { IsExpression: true } => $"{_id}~{directive.Location.Line}",
        { Modifier: "=" } => $"{_id}={location.Path.Replace(':', '.')}",
        _ => $"{_id}{location.Path.Replace(':', '.')}",
    };

    /// <param name="id">The id of the route.</param>
    /// <param name="route">What it does.</param>
    /// <param name="location">Its location; an empty path for what is asked before all.</param>
    /// <param name="within">The route that it stands in; null for none.</param>
    /// <param name="when">The condition; null for none.</param>
    /// <param name="comment">Where it comes from.</param>
    private void Add(string id, CommentedJson route, NginxLocation location, string? within, string? when, string comment)
    {
        foreach (var cluster in new[] { route.Text("ClusterId"), route.Find("AuthRequest")?.Text("Cluster") }.OfType<string>())
        {
            _import.UsedClusters.Add(cluster);
        }

        var match = new CommentedJson().Set("Server", _id);
        if (location.Path.Length > 0)
        {
            match.Set("Location", location.Text);
        }

        if (within is not null)
        {
            match.Set("Within", within);
        }

        if (when is not null)
        {
            match.Set("When", when);
        }

        var whole = new CommentedJson().Set("Match", match);
        if (location.IsExpression || when is not null)
        {
            whole.Set("Order", ++_order);
        }

        _import.Routes.Set(id, whole.AddAll(route), comment);
        _routes.Add(whole);
        if (route.Text("ClusterId") is not null)
        {
            _import.Forwarded.Add(whole);
        }
    }
}
