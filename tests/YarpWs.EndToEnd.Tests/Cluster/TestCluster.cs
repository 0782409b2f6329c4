using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;
using YarpWs.Backend;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Groups;
using YarpWs.Backend.Messages;
using YarpWs.Gateway;
using YarpWs.Gateway.Access.Revocations;
using YarpWs.Gateway.Edge;
using YarpWs.Gateway.Import;
using YarpWs.Tests.Logs;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Cluster;

/// <summary>
/// The whole system in one process: the gateway, two backends, a Redis, all started from the shipped configuration on loopback
/// ports of their own. It is ready as soon as it has started.
/// </summary>
public sealed class TestCluster : IAsyncDisposable
{
    private const string Hub = "chat";

    /// <summary>How long probes and commands wait: on a machine that runs all tests at once, a slow answer is no outage.</summary>
    public const string Patience = "00:00:10";

    /// <summary>After how long a quiet client is pinged: longer than a test takes, whose clients expect messages and answer nothing by themselves.</summary>
    public const string Quiet = "00:01:30";

    /// <summary>Stands before a key of a section that the gateway has too.</summary>
    public const string ForBackends = "backend/";

    /// <summary>Stands before a key of a section that the backends have too.</summary>
    public const string ForGateways = "gateway/";

    private readonly List<WebApplication> _backends = [];
    private readonly List<WebApplication> _gateways = [];
    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");

    private DirectoryInfo? _folder;

    private TestCluster(RedisUnderTest redis) => Redis = redis;

    public RedisUnderTest Redis { get; }

    /// <summary>Where clients connect.</summary>
    public Uri Gateway => Listeners[0];

    /// <summary>The gateway's public endpoints, in the order of their names.</summary>
    public IReadOnlyList<Uri> Listeners => [.. _gateways[0].Urls.Select(url => new Uri(url)).Where(url => url != Admin)];

    public Uri Admin => AdminOf(_gateways[0]);

    public IReadOnlyList<Uri> Backends => [.. _backends.Select(backend => new Uri(backend.Urls.First()))];

    /// <summary>A backend's endpoints, in the order of their names.</summary>
    public IReadOnlyList<Uri> ListenersOf(int backend) => [.. _backends[backend].Urls.Select(url => new Uri(url))];

    /// <summary>Everything that the gateway and the backends log.</summary>
    public LogCollector Logs { get; } = new();

    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });

    /// <param name="redis">Started already; the cluster does not end it.</param>
    /// <param name="settings">
    /// Over the shipped files, for gateway and backends alike: each takes the sections that it knows, and what begins with <see cref="ForBackends"/> or
    /// <see cref="ForGateways"/>. Whoever sets something of <c>Authentication</c> sets all of it.
    /// </param>
    public static async Task<TestCluster> StartAsync(RedisUnderTest redis, params (string Key, string Value)[] settings)
    {
        var cluster = new TestCluster(redis);
        try
        {
            await cluster.StartAsync(settings);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The same behind a gateway that is made of an nginx configuration, and has no settings of its own.</summary>
    /// <param name="redis">Started already; the cluster does not end it.</param>
    /// <param name="conf">Makes it of the addresses of the backends. It listens on port 80, for which a free one is taken.</param>
    public static async Task<TestCluster> StartBehindImportAsync(RedisUnderTest redis, Func<IReadOnlyList<Uri>, string> conf)
    {
        var cluster = new TestCluster(redis);
        try
        {
            await cluster.StartBackendsAsync([]);
            await cluster.StartImportedGatewayAsync(conf(cluster.Backends));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one more gateway before the same backends, on the same Redis.</summary>
    /// <param name="settings">Over the shipped file, for this gateway.</param>
    public async Task<(Uri Address, Uri Admin)> StartGatewayAsync(params (string Key, string Value)[] settings)
    {
        var gateway = GatewayHost.Build(Shipped("gateway.json"), Overlay(settings, isGateway: true, new()
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Admin:Url"] = "http://127.0.0.1:0",
            ["Redis:Configuration"] = Redis.Configuration,
            ["Redis:KeyPrefix"] = _prefix,
            ["Redis:CommandTimeout"] = Patience,
            ["Sockets:PingInterval"] = Quiet,
            ["ReverseProxy:Clusters:backend:HealthCheck:Active:Timeout"] = Patience,
            ["ReverseProxy:Clusters:backend:Destinations:a:Address"] = Backends[0].ToString(),
            ["ReverseProxy:Clusters:backend:Destinations:b:Address"] = Backends[1].ToString(),
        }));
        _gateways.Add(gateway);
        gateway.Services.GetRequiredService<ILoggerFactory>().AddProvider(Logs);
        await gateway.StartAsync();
        await WaitUntilLoginsAreLetInAsync(gateway);
        return (gateway.Urls.Select(url => new Uri(url)).First(url => url != AdminOf(gateway)), AdminOf(gateway));
    }

    /// <summary>Connects a client to a room, with a login.</summary>
    public Task<RawWebSocket> JoinAsync(string room, string user = "ann", params string[] headers) =>
        RawWebSocket.ConnectAsync(Gateway, $"/ws/start/{room}", [$"Authorization: Bearer {Tokens.For(user)}", .. headers]);

    /// <summary>Two members of a room, both through the gateway: the first on the backend with index 0, the second on the other.</summary>
    public async Task<(RawWebSocket A, RawWebSocket B)> JoinOnBothNodesAsync(string room)
    {
        var a = await JoinAsync(room, "ann");
        var first = NodesWith(room).Single();
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var b = await JoinAsync(room, "ben");
            if (NodesWith(room).Any(node => node != first))
            {
                return first == 0 ? (a, b) : (b, a);
            }

            await b.DisposeAsync();
        }

        throw new InvalidOperationException("The gateway gave every client of the room to one backend.");
    }

    /// <summary>Pushes to a room's group from outside, as a server does.</summary>
    public async Task<HttpResponseMessage> PushAsync(string room, string body, string? contentType, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Gateway, $"/api/hubs/{Hub}/groups/push_{room}/:send"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? Tokens.For("server", "webpubsub.sendToGroup"));
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (contentType is not null)
        {
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>A room's name that no other test uses.</summary>
    public static string Room() => "r" + Guid.NewGuid().ToString("N");

    /// <summary>The backends, by index, that hold a member of this room now.</summary>
    public IEnumerable<int> NodesWith(string room)
    {
        Assert.True(HubName.TryParse(Hub, out var hub));
        Assert.True(GroupKey.TryCreate(hub, "push_" + room, out var key));
        return _backends.Index()
            .Where(node => node.Item.Services.GetRequiredService<GroupDirectory>().Groups.Any(group => group.Key == key))
            .Select(node => node.Index)
            .ToList();
    }

    /// <summary>Whether a backend, by index, has begun to close every client that it holds.</summary>
    public bool IsClosingAllOn(int node) => _backends[node].Services.GetRequiredService<ConnectionTable>().Connections.All(connection => connection.IsClosing);

    /// <summary>Asks, as any server can, until the room's group has no member on any node.</summary>
    public async Task WaitUntilEmptyAsync(string room)
    {
        using var deadline = new CancellationTokenSource(Deadline.Length);
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, new Uri(Gateway, $"/api/hubs/{Hub}/groups/push_{room}"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Tokens.For("server", "webpubsub.sendToGroup"));
            using var answer = await Http.SendAsync(request, deadline.Token);
            if (answer.StatusCode is HttpStatusCode.NotFound)
            {
                return;
            }

            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            await Eventually.AgainAsync(deadline.Token);
        }
    }

    /// <summary>A logger of the gateway, with its levels and filters.</summary>
    public ILogger GatewayLogger(string category) => _gateways[0].Services.GetRequiredService<ILoggerFactory>().CreateLogger(category);

    /// <summary>Stops a backend as SIGTERM does.</summary>
    public Task StopBackendAsync(int index) => _backends[index].StopAsync();

    /// <summary>Waits until every backend calls itself ready, or none does.</summary>
    public async Task WaitUntilBackendsAreAsync(bool ready)
    {
        using var deadline = new CancellationTokenSource(Deadline.Length);
        foreach (var backend in Backends)
        {
            while (true)
            {
                using var answer = await Http.GetAsync(new Uri(backend, "/readyz"), deadline.Token);
                if (answer.IsSuccessStatusCode == ready)
                {
                    break;
                }

                await Eventually.AgainAsync(deadline.Token);
            }
        }
    }

    /// <summary>Waits until a gateway knows which logins are revoked: on a machine that runs all tests at once, it may start before Redis has answered it.</summary>
    public static Task WaitUntilLoginsAreLetInAsync(WebApplication gateway)
    {
        var revocations = gateway.Services.GetRequiredService<RevocationSync>();
        return Eventually.IsAsync(_ => Task.FromResult(revocations.IsKnown), "the revocations to be read", Deadline.Length);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var backend in _backends)
        {
            await backend.StopAsync();
            await backend.DisposeAsync();
        }

        foreach (var gateway in _gateways)
        {
            await gateway.StopAsync();
            await gateway.DisposeAsync();
        }

        Http.Dispose();
        Logs.Dispose();
        _folder?.Delete(recursive: true);
    }

    private async Task StartAsync((string Key, string Value)[] settings)
    {
        await StartBackendsAsync(settings);
        await StartGatewayAsync(settings);
    }

    private async Task StartImportedGatewayAsync(string conf)
    {
        _folder = Directory.CreateTempSubdirectory("yarpws-imported-");
        var file = Path.Combine(_folder.FullName, "nginx.conf");
        await File.WriteAllTextAsync(file, conf);
        var import = new NginxImport(file, []);
        Assert.Equal([], import.Report.Lines.Where(line => line.Outcome == ImportOutcome.Unsupported).Select(line => $"{line.Directive}: {string.Join(' ', line.Whys)}"));
        var settings = Path.Combine(_folder.FullName, "gateway.json");
        await File.WriteAllTextAsync(settings, import.Settings);
        var gateway = GatewayHost.Build(settings, new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Port80:Url"] = "http://127.0.0.1:0",
            ["Admin:Url"] = "http://127.0.0.1:0",
            ["Sockets:PingInterval"] = Quiet,
        });
        _gateways.Add(gateway);
        gateway.Services.GetRequiredService<ILoggerFactory>().AddProvider(Logs);
        await gateway.StartAsync();
    }

    private async Task StartBackendsAsync((string Key, string Value)[] settings)
    {
        foreach (var name in new[] { "a", "b" })
        {
            var backend = BackendHost.Build(Shipped("backend.json"), Overlay(settings, isGateway: false, new()
            {
                ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
                ["Redis:Configuration"] = Redis.Configuration,
                ["Redis:CommandTimeout"] = Patience,
                ["Redis:ProbeTimeout"] = Patience,
                ["Redis:KeyPrefix"] = _prefix,
                ["Node:Name"] = name,
                ["Connections:PingInterval"] = Quiet,
            }));
            _backends.Add(backend);
            backend.Services.GetRequiredService<ILoggerFactory>().AddProvider(Logs);
            await backend.StartAsync();
        }

        await WaitUntilBackendsAreAsync(ready: true);
    }

    private static Uri AdminOf(WebApplication gateway) => gateway.Services.GetRequiredService<AdminEndpoint>().Address!;

    private static string Shipped(string file) => Path.Combine(AppContext.BaseDirectory, "config", file);

    private static Dictionary<string, string?> Overlay((string Key, string Value)[] settings, bool isGateway, Dictionary<string, string?> own)
    {
        string[] gatewaySections = ["Access", "Admin", "Authorization", "Cors", "Edge", "Forwarding", "Kestrel", "Origins", "ReverseProxy", "Revocations", "Shutdown", "Sockets"];
        var overlay = settings.Any(setting => setting.Key.StartsWith("Authentication:", StringComparison.Ordinal))
            ? []
            : new Dictionary<string, string?>(Tokens.Settings);
        foreach (var (key, value) in own)
        {
            overlay[key] = value;
        }

        var (mine, others) = isGateway ? (ForGateways, ForBackends) : (ForBackends, ForGateways);
        foreach (var (key, value) in settings.Where(setting => !setting.Key.StartsWith(others, StringComparison.Ordinal)))
        {
            if (key.StartsWith(mine, StringComparison.Ordinal))
            {
                overlay[key[mine.Length..]] = value;
                continue;
            }

            var section = key.Split(':')[0];
            if (section is "Logging" or "Authentication" || gatewaySections.Contains(section) == isGateway)
            {
                overlay[key] = value;
            }
        }

        return overlay;
    }
}
