using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using YarpWs.Gateway.Edge;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Tests;

/// <summary>The gateway from the shipped settings, on free ports, before destinations of the test's own.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private const string OwnKey = "Authentication:Schemes:Bearer:SigningKeys:0:Value";

    private readonly WebApplication _app;
    private readonly SemaphoreSlim _opened = new(0);

    private TestGateway(WebApplication app)
    {
        _app = app;
        Admin = app.Services.GetRequiredService<AdminEndpoint>().Address!;
        Public = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First(address => new Uri(address) != Admin));
        app.Services.GetRequiredService<SocketTable>().Added += _ => _opened.Release();
        Http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = Public };
    }

    public static string SettingsFile { get; } = Path.Combine(AppContext.BaseDirectory, "gateway.json");

    public Uri Public { get; }

    /// <summary>All that it listens on.</summary>
    public IEnumerable<Uri> Addresses => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address));

    public Uri Admin { get; }

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    public required CollectedLog Log { get; init; }

    public static Dictionary<string, string?> Overlay(params (string Key, string? Value)[] settings)
    {
        var overlay = new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Admin:Url"] = "http://127.0.0.1:0",
            ["Authentication:Schemes:Bearer:Authority"] = "",
            [OwnKey] = Convert.ToBase64String(Tokens.Key),
            ["Logging:LogLevel:Default"] = "Trace",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace",
            ["Logging:LogLevel:Yarp.ReverseProxy"] = "Trace",
            ["Logging:LogLevel:System.Net.Http"] = "Trace",
            ["Logging:Console:LogLevel:Default"] = "None",
        };
        foreach (var (key, value) in PlatformClient.Settings.Concat(settings))
        {
            overlay[key] = value;
        }

        return overlay;
    }

    public static Task<TestGateway> StartAsync(Destination a, Destination b, params (string Key, string? Value)[] settings) => StartFromAsync(
        SettingsFile,
        [
            ("ReverseProxy:Clusters:backend:Destinations:a:Address", a.Address),
            ("ReverseProxy:Clusters:backend:Destinations:b:Address", b.Address),
            .. settings,
        ]);

    /// <summary>Starts from a file of the test's own, which says where it forwards to.</summary>
    public static Task<TestGateway> StartFromAsync(string file, params (string Key, string? Value)[] settings) => StartAsync(file, Overlay(settings));

    /// <summary>As <see cref="StartFromAsync"/>, with the logins that the file names and no others.</summary>
    public static Task<TestGateway> StartAsItIsAsync(string file, params (string Key, string? Value)[] settings) =>
        StartAsync(file, Overlay(settings).Where(setting => !setting.Key.StartsWith("Authentication:", StringComparison.Ordinal)));

    /// <summary>As the first one, with the keys that issuers publish and none of its own.</summary>
    public static Task<TestGateway> StartWithoutKeysAsync(Destination destination, params (string Key, string? Value)[] settings) => StartAsync(
        SettingsFile,
        Overlay([("ReverseProxy:Clusters:backend:Destinations:a:Address", destination.Address), ("ReverseProxy:Clusters:backend:Destinations:b:Address", destination.Address), .. settings])
            .Where(setting => setting.Key != OwnKey || settings.Any(given => given.Key == OwnKey)));

    private static async Task<TestGateway> StartAsync(string file, IEnumerable<KeyValuePair<string, string?>> overlay)
    {
        var app = GatewayHost.Build(file, overlay);
        var log = new CollectedLog();
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        try
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
            return new TestGateway(app) { Log = log };
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        _opened.Dispose();
    }

    /// <summary>Returns once the gateway counts the socket as well: the client is the first to know that its handshake is answered.</summary>
    public async Task<ClientWebSocket> ConnectAsync(string path, Action<ClientWebSocketOptions>? configure = null)
    {
        var socket = new ClientWebSocket();
        configure?.Invoke(socket.Options);
        await socket.ConnectAsync(new Uri($"ws://{Public.Authority}{path}"), Http, Deadline.Token());
        await _opened.WaitAsync(Deadline.Token());
        return socket;
    }

    /// <summary>Sends bytes as they are and returns the head of the answer: what no well-behaved client can be made to send.</summary>
    public async Task<string> SendRawAsync(params string[] lines)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Public.Port, Deadline.Token());
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n"), Deadline.Token());
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        while (!answer.ToString().Contains("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(buffer, Deadline.Token()) is > 0 and var count)
        {
            answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return answer.ToString();
    }
}
