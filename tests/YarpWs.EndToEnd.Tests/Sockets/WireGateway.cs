using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;
using YarpWs.EndToEnd.Tests.Access;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Gateway;
using YarpWs.Gateway.Edge;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Gateway.Sockets;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>The gateway as shipped, over both versions of HTTP, before one backend that plays foul. No login is asked for on <c>/open/…</c>.</summary>
internal sealed class WireGateway : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WireGateway(WebApplication app) => _app = app;

    /// <summary>Sockets that are open now.</summary>
    public SocketTable Sockets => _app.Services.GetRequiredService<SocketTable>();

    /// <summary>Where clients connect. Endpoints stand in the order of their names.</summary>
    public Uri Address(Carrier carrier)
    {
        var admin = _app.Services.GetRequiredService<AdminEndpoint>().Address;
        return _app.Urls.Select(url => new Uri(url)).Where(url => url != admin).ElementAt(EndpointOf(carrier));
    }

    /// <summary>Which of the endpoints Http, Http2 and Https a carrier needs.</summary>
    public static int EndpointOf(Carrier carrier) => carrier switch { Carrier.Http1 => 0, Carrier.Http2 => 1, _ => 2 };

    public static async Task<WireGateway> StartAsync(RawBackend backend, params (string Key, string? Value)[] settings)
    {
        var overlay = new Dictionary<string, string?>(Tokens.Settings)
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Admin:Url"] = "http://127.0.0.1:0",
            ["Logging:Console:LogLevel:Default"] = "None",
            ["Sockets:PingInterval"] = TestCluster.Quiet,
            ["ReverseProxy:Routes:open:ClusterId"] = "backend",
            ["ReverseProxy:Routes:open:AuthorizationPolicy"] = "anonymous",
            ["ReverseProxy:Routes:open:Match:Path"] = "/open/{**rest}",
            ["ReverseProxy:Clusters:backend:HealthCheck:Active:Enabled"] = "false",
            ["ReverseProxy:Clusters:backend:Destinations:a:Address"] = backend.Address.ToString(),
            ["ReverseProxy:Clusters:backend:Destinations:b:Address"] = backend.Address.ToString(),
        };
        foreach (var (key, value) in Http2Socket.Endpoint.Concat(WireCertificate.Endpoint).Select(pair => (pair.Key, (string?)pair.Value)).Concat(settings))
        {
            overlay[key] = value;
        }

        var gateway = new WireGateway(GatewayHost.Build(Path.Combine(AppContext.BaseDirectory, "config", "gateway.json"), overlay));
        await gateway._app.StartAsync();
        return gateway;
    }

    public Task<WireClient> ConnectAsync(Carrier carrier, string? extensions = null, string target = "/open/x") =>
        WireClient.ConnectAsync(carrier, Address(carrier), target, extensions);

    /// <summary>The one socket there is: its client may have its answer a moment before the gateway has it in the table.</summary>
    public async Task<LiveSocket> OnlySocketAsync()
    {
        await Eventually.IsAsync(_ => Task.FromResult(Sockets.Count > 0), "the socket to be in the table", Deadline.Length);
        return Sockets.All.Single();
    }

    /// <summary>Waits until no socket is left: none in the table, none in the destinations' counts, none that the backend holds.</summary>
    public async Task ExpectNothingLeftAsync(RawBackend backend) => await Eventually.IsAsync(
        _ => Task.FromResult(Sockets.Count == 0 && Load() == 0 && backend.Open == 0),
        "every socket to be over",
        Deadline.Length,
        () => $"Left: {Sockets.Count} in the table, {Load()} in the counts of destinations, {backend.Open} at the backend.");

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>What the proxy counts: requests that are under way, and sockets that still keep theirs.</summary>
    public int Requests() => Cluster().Destinations.Values.Sum(destination => destination.ConcurrentRequestCount);

    /// <summary>What the destinations have to do: requests, and sockets that have outlived theirs.</summary>
    public int Load() => Cluster().Destinations.Values.Sum(_app.Services.GetRequiredService<DestinationLoad>().Of);

    private ClusterState Cluster()
    {
        Assert.True(_app.Services.GetRequiredService<IProxyStateLookup>().TryGetCluster("backend", out var cluster));
        return cluster!;
    }
}
