using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Gateway;
using YarpWs.Gateway.Access.Sessions;
using YarpWs.Gateway.Edge;
using YarpWs.Gateway.Sockets;
using YarpWs.Platform.Jwt;
using YarpWs.Tests.Logs;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Sessions;

/// <summary>
/// A site at which people log in: two gateways on one Redis, an issuer, and a backend that reports what reaches it. Pages under <c>/app</c> log in, <c>/api</c> and <c>/ws</c> want a login, <c>/open</c> wants none.
/// </summary>
public sealed class SessionSite : IAsyncDisposable
{
    /// <summary>What this holds, to be let go in the opposite order.</summary>
    private readonly Stack<IAsyncDisposable> _held = [];
    private readonly List<WebApplication> _gateways = [];
    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");

    public EmbeddedGarnet Redis { get; } = new();

    public LoginIssuer Issuer { get; private set; } = null!;

    public EchoBackend Backend { get; private set; } = null!;

    public LogCollector Logs { get; } = new();

    /// <summary>Where people connect, without TLS.</summary>
    public Uri A => AddressOf(0, "http");

    public Uri B => AddressOf(1, "http");

    public static async Task<SessionSite> StartAsync(params (string Key, string? Value)[] settings)
    {
        var site = new SessionSite();
        try
        {
            await site.Redis.StartAsync();
            site._held.Push(site.Redis);
            site._held.Push(site.Issuer = await LoginIssuer.StartAsync());
            site._held.Push(site.Backend = await EchoBackend.StartAsync());
            await site.StartGatewayAsync(settings);
            await site.StartGatewayAsync(settings);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    public Uri AddressOf(int gateway, string scheme)
    {
        var app = _gateways[gateway];
        var admin = app.Services.GetRequiredService<AdminEndpoint>().Address;
        return app.Urls.Select(url => new Uri(url)).First(url => url != admin && url.Scheme == scheme);
    }

    /// <summary>The sockets that a gateway counts now.</summary>
    internal SocketTable SocketsOf(int gateway) => ServicesOf(gateway).GetRequiredService<SocketTable>();

    /// <summary>What a gateway is made of.</summary>
    internal IServiceProvider ServicesOf(int gateway) => _gateways[gateway].Services;

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways)
        {
            await gateway.StopAsync();
            await gateway.DisposeAsync();
        }

        while (_held.TryPop(out var held))
        {
            await held.DisposeAsync();
        }

        Logs.Dispose();
    }

    private async Task StartGatewayAsync((string Key, string? Value)[] settings)
    {
        var overlay = new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Admin:Url"] = "http://127.0.0.1:0",
            ["Logging:Console:LogLevel:Default"] = "None",
            ["Redis:Configuration"] = Redis.Configuration,
            ["Redis:KeyPrefix"] = _prefix,
            ["Redis:CommandTimeout"] = TestCluster.Patience,
            ["Authentication:Schemes:Bearer:Authority"] = Issuer.Address,
            ["Authentication:Schemes:Bearer:RequireHttpsMetadata"] = "false",
            ["Authentication:Schemes:Bearer:ValidAudiences:0"] = Tokens.Audience,
            ["Sessions:ClientId"] = LoginIssuer.ClientId,
            ["Sessions:ClientSecret"] = LoginIssuer.Secret,
            ["Authorization:Policies:people:NavigationsLogIn"] = "true",
            ["Sockets:PingInterval"] = TestCluster.Quiet,
            ["ReverseProxy:Routes:app:ClusterId"] = "backend",
            ["ReverseProxy:Routes:app:AuthorizationPolicy"] = "people",
            ["ReverseProxy:Routes:app:Match:Path"] = "/app/{**rest}",
            ["ReverseProxy:Routes:open:ClusterId"] = "backend",
            ["ReverseProxy:Routes:open:AuthorizationPolicy"] = "anonymous",
            ["ReverseProxy:Routes:open:Match:Path"] = "/open/{**rest}",
            ["ReverseProxy:Clusters:backend:Destinations:a:Address"] = Backend.Address.ToString(),
            ["ReverseProxy:Clusters:backend:Destinations:b:Address"] = Backend.Address.ToString(),
            ["ReverseProxy:Clusters:backend:HealthCheck:Active:Timeout"] = TestCluster.Patience,
        };
        foreach (var (key, value) in settings)
        {
            overlay[key] = value;
        }

        var gateway = GatewayHost.Build(Path.Combine(AppContext.BaseDirectory, "config", "gateway.json"), overlay);
        _gateways.Add(gateway);
        gateway.Services.GetRequiredService<ILoggerFactory>().AddProvider(Logs);
        await gateway.StartAsync(TestContext.Current.CancellationToken);
        await TestCluster.WaitUntilLoginsAreLetInAsync(gateway);
        var ring = gateway.Services.GetRequiredService<SessionKeyRing>();
        var issuers = gateway.Services.GetRequiredService<TokenIssuers>();
        await Eventually.IsAsync(_ => Task.FromResult(ring.IsKnown && issuers.Missing is null), "the keys of the sessions and of the issuer to be read", Deadline.Length);
    }
}

/// <summary>A site shared by the tests of a class; each has a person of its own.</summary>
public sealed class SharedSessionSite : IAsyncLifetime
{
    public SessionSite Site { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Site = await SessionSite.StartAsync();

    public ValueTask DisposeAsync() => Site.DisposeAsync();
}
