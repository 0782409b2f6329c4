using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;
using YarpWs.Gateway;
using YarpWs.Gateway.Edge;
using YarpWs.Tests.Logs;

namespace YarpWs.EndToEnd.Tests.Cluster;

/// <summary>The two ways through the gateway. What holds for one must hold for the other.</summary>
public enum Way
{
    /// <summary>A plain GET.</summary>
    Request,

    /// <summary>A WebSocket handshake.</summary>
    Handshake,
}

/// <summary>
/// The gateway as shipped, before two backends that report what reaches them. Beside the shipped routes there is one that needs no
/// token, <c>/open/…</c>.
/// </summary>
public sealed class EchoGateway : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EchoGateway(WebApplication app, EchoBackend a, EchoBackend b)
    {
        _app = app;
        A = a;
        B = b;
    }

    public EchoBackend A { get; }

    public EchoBackend B { get; }

    public Uri Admin => _app.Services.GetRequiredService<AdminEndpoint>().Address!;

    /// <summary>Where clients connect.</summary>
    public Uri Address => Listeners[0];

    /// <summary>The public endpoints, in the order of their names.</summary>
    public IReadOnlyList<Uri> Listeners => [.. _app.Urls.Select(url => new Uri(url)).Where(url => url != Admin)];

    public LogCollector Logs { get; } = new();

    public static Task<EchoGateway> StartAsync(params (string Key, string? Value)[] settings) =>
        StartAsync(Path.Combine(AppContext.BaseDirectory, "config", "gateway.json"), settings);

    /// <param name="file">Settings of the test's own, which may change while the gateway runs.</param>
    /// <param name="settings">Over them.</param>
    public static async Task<EchoGateway> StartAsync(string file, params (string Key, string? Value)[] settings)
    {
        var a = await EchoBackend.StartAsync();
        var b = await EchoBackend.StartAsync();
        var overlay = new Dictionary<string, string?>(Tokens.Settings)
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Admin:Url"] = "http://127.0.0.1:0",
            ["Logging:Console:LogLevel:Default"] = "None",
            ["ReverseProxy:Routes:open:ClusterId"] = "backend",
            ["ReverseProxy:Routes:open:AuthorizationPolicy"] = "anonymous",
            ["ReverseProxy:Routes:open:Match:Path"] = "/open/{**rest}",
            ["ReverseProxy:Clusters:backend:Destinations:a:Address"] = a.Address.ToString(),
            ["ReverseProxy:Clusters:backend:Destinations:b:Address"] = b.Address.ToString(),
            ["ReverseProxy:Clusters:backend:HealthCheck:Active:Timeout"] = TestCluster.Patience,
        };
        foreach (var (key, value) in settings)
        {
            overlay[key] = value;
        }

        var gateway = new EchoGateway(GatewayHost.Build(file, overlay), a, b);
        gateway._app.Services.GetRequiredService<ILoggerFactory>().AddProvider(gateway.Logs);
        await gateway._app.StartAsync();
        return gateway;
    }

    /// <summary>Sends a request that the gateway must let through, and returns what the backend received.</summary>
    public async Task<Arrival> SendAsync(Way way, string target, params string[] headers)
    {
        await using var answer = await AskAsync(way, target, headers);
        Assert.True(answer.Status == (way == Way.Request ? 200 : 101), $"{target} was answered: {string.Join(" | ", answer.Response)}");
        var report = way == Way.Request ? await answer.ReadBodyAsync() : (await answer.ReadFrameAsync("the backend's report"))!.Text;
        return JsonSerializer.Deserialize<Arrival>(report)!;
    }

    /// <summary>Sends a request and returns the answer, whatever it is.</summary>
    public Task<RawWebSocket> AskAsync(Way way, string target, params string[] headers) =>
        RawWebSocket.RequestAsync(Address, "GET", target, way == Way.Request ? headers : [.. RawWebSocket.Handshake(), .. headers]);

    /// <summary>An address where nobody listens.</summary>
    public static string Nowhere() => $"http://127.0.0.1:{FreePort.Next()}";

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await A.DisposeAsync();
        await B.DisposeAsync();
        Logs.Dispose();
    }
}

/// <summary>A gateway with nothing but the shipped settings, shared by the tests of a class.</summary>
public sealed class ShippedEchoGateway : IAsyncLifetime
{
    public EchoGateway Gateway { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Gateway = await EchoGateway.StartAsync();

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();
}
