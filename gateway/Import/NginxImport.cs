using System.Text.RegularExpressions;
using YarpWs.Gateway.Import.Grammar;
using YarpWs.Gateway.Import.Translation;

namespace YarpWs.Gateway.Import;

/// <summary>Makes settings of an nginx configuration, and one line for each of its directives.</summary>
internal sealed partial class NginxImport
{
    private readonly NginxFiles _files;
    private readonly Scope _http;
    private readonly List<ServerTranslation> _servers = [];
    private readonly HashSet<string> _serverIds = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _routeIds = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Directive> _zones = new(StringComparer.Ordinal);
    private readonly Lazy<string?> _clientHeader;
    private int _order;

    /// <param name="file">The configuration; relative names in it begin at its directory.</param>
    /// <param name="allowed">Names of directives whose loss is accepted.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="NginxSyntaxException">It is no configuration.</exception>
    public NginxImport(string file, IReadOnlyCollection<string> allowed)
    {
        File = file;
        Directory = Path.GetDirectoryName(Path.GetFullPath(file))!;
        Allowed = allowed;
        _files = NginxFiles.Read(file);

        // A file without http is one of conf.d, which stands in it; one without a server as well is what a server includes.
        var http = _files.Directives.FirstOrDefault(directive => directive.Name == "http");
        _http = new Scope(null, [.. (http?.Inner ?? WithServer(_files.Directives)).Select(directive => directive.Name == "server" ? FileConditions.Rewrite(directive, Report) : directive)]);
        _clientHeader = new(() => TrustedProxies.ClientHeader(All("real_ip_header")));
        Upstreams = new Upstreams(Clusters, Report);
        if (http is not null)
        {
            Report.Say(http, ImportOutcome.Kept, "What stands in it holds for all servers.");
        }

        Variables = Variables.OfHttp(_http, Report);
        AccessLogs = new AccessLogTranslation(_http, name => Path.GetFullPath(name, Directory), Report);
        Translate();
        new UnusedDirectives(_files, Report).Say();
        Report.Sort(ServerTranslation.Walk(_files.Directives));
    }

    public string File { get; }

    public string Directory { get; }

    public IReadOnlyCollection<string> Allowed { get; }

    public ImportReport Report { get; } = new();

    public CommentedJson Servers { get; } = new();

    public CommentedJson Routes { get; } = new();

    public CommentedJson Clusters { get; } = new();

    public Upstreams Upstreams { get; }

    public Variables Variables { get; }

    public AccessLogTranslation AccessLogs { get; }

    /// <summary>client_max_body_size of the http block.</summary>
    public Directive? BodySize => _http.Own("client_max_body_size").LastOrDefault();

    /// <summary>Whether servers have to say by which port they are asked.</summary>
    public bool HasSeveralPorts { get; private set; }

    /// <summary>The header in which proxies name the client alone; null where they do so in another way.</summary>
    public string? ClientHeader => _clientHeader.Value;

    /// <summary>Whether a location opens WebSockets.</summary>
    public bool HasSockets { get; set; }

    /// <summary>What destinations are told about clients.</summary>
    public ForwardedHeaders Forwarded { get; } = new();

    /// <summary>Clusters that routes lead to.</summary>
    public HashSet<string> UsedClusters { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The settings file.</summary>
    public string Settings { get; private set; } = "";

    public int NextOrder() => ++_order;

    /// <summary>The proxy_cache_path of a proxy_cache; null where there is none of the name.</summary>
    public Directive? CachePathOf(Directive cache) => _http.Own("proxy_cache_path")
        .FirstOrDefault(path => path.Arguments.Any(argument => argument.StartsWith("keys_zone=", StringComparison.Ordinal) && argument[10..].Split(':')[0] == cache.Argument));

    public Directive? ZoneOf(Directive limit)
    {
        var name = limit.Name == "limit_req" ? limit.Arguments.FirstOrDefault(argument => argument.StartsWith("zone=", StringComparison.Ordinal))?[5..] : limit.Argument;
        return name is null ? null : _zones.GetValueOrDefault(name);
    }

    public string NewServerId(string wanted, IReadOnlyList<int> ports) => NewId(_serverIds, HasSeveralPorts && _serverIds.Contains(wanted) ? $"{wanted}-{ports[0]}" : wanted);

    public string NewRouteId(string wanted) => NewId(_routeIds, wanted);

    private static string NewId(HashSet<string> taken, string wanted)
    {
        var id = wanted;
        for (var number = 2; !taken.Add(id); number++)
        {
            id = $"{wanted}-{number}";
        }

        return id;
    }

    private static IReadOnlyList<Directive> WithServer(IReadOnlyList<Directive> directives)
    {
        if (!directives.Any(directive => directive.Name is "location" or "proxy_pass") || directives.Any(directive => directive.Name == "server"))
        {
            return directives;
        }

        var outside = directives.Where(directive => directive.Name is "upstream" or "map" or "geo" or "limit_req_zone" or "limit_conn_zone" or "log_format" or "proxy_cache_path").ToList();
        var server = new Directive([new Word("server", false, directives[0].Location)], [.. directives.Except(outside)]);
        return [.. outside, server];
    }

    private void Translate()
    {
        foreach (var zone in _http.Own("limit_req_zone", "limit_conn_zone"))
        {
            if (zone.Arguments.FirstOrDefault(argument => argument.StartsWith("zone=", StringComparison.Ordinal)) is { } name)
            {
                _zones[name[5..].Split(':')[0]] = zone;
            }
        }

        foreach (var upstream in _http.Own("upstream"))
        {
            Upstreams.Add(upstream);
        }

        _servers.AddRange(_http.Own("server").Select(server => new ServerTranslation(this, _http, server)));
        var listens = _servers.SelectMany(server => server.Listens.Select(listen => (Server: server, Listen: listen))).ToList();
        HasSeveralPorts = listens.Select(one => one.Listen.Port).Distinct().Count() > 1;
        var defaults = listens.GroupBy(one => one.Listen.Port)
            .ToLookup(port => port.FirstOrDefault(one => one.Listen.IsDefault).Server ?? port.First().Server, port => port.Key);
        foreach (var server in _servers)
        {
            server.Translate(defaults[server].ToHashSet());
        }

        Upstreams.KeepOnly(UsedClusters);
        var settings = new CommentedJson();
        var endpoints = new Endpoints(_servers, Report).Translate();
        settings.Set("Kestrel", new CommentedJson().Set("Endpoints", endpoints));
        settings.Set("Edge", new EdgeTranslation(BodySize, name => All(name), Report).Translate());
        settings.Set("Access", new CommentedJson().Set("Path", ""), "No path of the applications' is taken for logins.");
        if (HasSockets)
        {
            settings.Set("Origins", new CommentedJson().Set("Allowed", (List<object>)["*"]),
                "nginx lets pages of every origin open a socket, and with it use the cookies of whoever visits them. Write the origins of your own pages here.");
        }

        settings.Set("Forwarding", new TrustedProxies(name => All(name), Report).Translate(Forwarded.Settle()));
        if (AccessLogs.Settle() is { } logs)
        {
            settings.Set("AccessLogs", logs);
        }

        settings.Set("ReverseProxy", new CommentedJson().Set("Servers", Servers).Set("Routes", Routes).Set("Clusters", Clusters));
        Settings = $"// Made of {Path.GetFileName(File)} by yarpws import nginx. Comments say which line each part comes from.\n{settings}";
        if (ServerTranslation.Walk(_http.Directives).Any(directive => directive.Arguments.Any(argument => Placeholder().IsMatch(argument))))
        {
            Report.Note("Names such as ${BACKEND_HOST} are places of a template: have them filled in first (envsubst), and import what comes of it.");
        }

        Report.Note("Files and addresses are those of nginx: this file starts where certificates and directories are.");
        Report.Note("nginx passes on whatever protocol a client asks for where proxy_set_header Upgrade stands; here a route opens WebSockets, and others that its Upgrades name.");
        Report.Note("Error answers of the gateway's own have another text than nginx's pages.");
    }

    private IEnumerable<Directive> All(string name) => ServerTranslation.Walk(_http.Directives).Where(directive => directive.Name == name);

    [GeneratedRegex(@"\$\{[A-Z][A-Z0-9_]+\}")]
    private static partial Regex Placeholder();
}
