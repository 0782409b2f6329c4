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

    /// <summary>Those of the server that is written.</summary>
    private ServerRoutes? _routes;

    private bool? _hasInternal;

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

    /// <summary>Whether destinations may lead on to a location that is there for nothing else.</summary>
    public bool HasInternal => _hasInternal ??= Walk(_scope.Own("location")).Any(location => location.Name == "location" && location.Inner.Any(line => line.Name == "internal") && !Locations.IsAsked(NginxLocation.Of(location)));

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
    public bool IsClientKnown(Scope scope) => scope.Find("real_ip_header") is { } header && (_import.ClientHeader is not null || TrustedProxies.IsChain(header) || (TrustedProxies.IsProxyProtocol(header) && IsProxied));

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
        var variables = _import.Variables.With(_scope, _report, ("server_name", Names.Count > 0 ? Names[0] : ""), ("document_root", _scope.Find("root")?.Argument ?? "$document_root"),
            ("proxy_protocol_addr", IsProxied ? "$remote_addr" : ""), ("proxy_protocol_port", IsProxied ? "$remote_port" : ""))
            .WithCaptures(names.Find(name => name.StartsWith('~'))?[1..], isHost: true);
        _routes = new ServerRoutes(_import, this, _id);
        AddRules(variables, before: answer);

        if (answer is not null)
        {
            var inner = new Scope(_scope, answer.Name == "if" ? answer.Inner : [answer]);
            var translation = new LocationTranslation(inner, new NginxLocation("", "/"), variables, this, _import.Upstreams, _report);
            _routes!.Add(_import.NewRouteId(_id + "/"), translation.Translate(null), new NginxLocation("", "/"), null, null, $"{Upstreams.Place(answer)}: {answer}");
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

        _routes.AddLocations(_scope, variables, within: null);
        if (!_scope.Own("location").Any(location => NginxLocation.Of(location) is { Modifier: "" or "^~", Path: "/" }))
        {
            // Where no location fits, the server's own root does.
            var rest = new Scope(_scope, [.. _scope.Own("try_files")]);
            var translation = new LocationTranslation(rest, new NginxLocation("", "/"), variables, this, _import.Upstreams, _report);
            _routes!.Add(_import.NewRouteId(_id + "/"), translation.Translate(null), new NginxLocation("", "/"), null, null, $"{Upstreams.Place(_directive)}: what no location takes");
        }

        AddMaps(server, variables);
    }

    private void AddMaps(CommentedJson server, Variables variables)
    {
        if (variables.MapsOf(_routes!.All) is { } maps)
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
            _routes!.Add(_import.NewRouteId($"{_id} first {index + 1}"), rule.Route, new NginxLocation("", ""), null, rule.When, $"{Upstreams.Place(rule.From)}: {rule.From}");
        }
    }
}
