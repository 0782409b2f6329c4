using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Gateway;

namespace YarpWs.EndToEnd.Tests.Examples;

/// <summary>The nginx.conf of the examples, and the gateway.json that replaces it: what stands behind them is told the same.</summary>
public sealed class NginxExampleTests : IAsyncLifetime
{
    private static readonly string[] Told = ["Host", "X-Real-IP", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Cookie"];

    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-nginx-").FullName;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false });
    private EchoBackend _backend = null!;
    private NginxProcess _nginx = null!;
    private WebApplication _gateway = null!;
    private Uri _before = null!;
    private Uri _after = null!;

    public async ValueTask InitializeAsync()
    {
        _backend = await EchoBackend.StartAsync();
        _before = FreePort.NextUrl();
        var conf = (await File.ReadAllTextAsync(Repository.PathOf("config", "examples", "nginx", "nginx.conf")))
            .Replace("listen 8080", $"listen {_before.Authority}", StringComparison.Ordinal)
            .Replace("127.0.0.1:5001", _backend.Address.Authority, StringComparison.Ordinal)
            .Replace("    server 127.0.0.1:5002;\n", "", StringComparison.Ordinal)
            .Replace("http {", $"http {{ access_log off; {NginxProcess.TemporaryPaths(_folder)}", StringComparison.Ordinal);
        _nginx = await NginxProcess.StartAsync(_folder, conf);

        _gateway = GatewayHost.Build(Repository.PathOf("config", "examples", "nginx", "gateway.json"), new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Admin:Url"] = "http://127.0.0.1:0",
            ["ReverseProxy:Clusters:app:Destinations:a:Address"] = _backend.Address.ToString(),
            ["ReverseProxy:Clusters:app:Destinations:b:Address"] = _backend.Address.ToString(),
            ["Logging:LogLevel:Default"] = "Warning",
        });
        await _gateway.StartAsync(TestContext.Current.CancellationToken);
        var urls = _gateway.Urls.Select(url => new Uri(url)).ToList();
        foreach (var url in urls)
        {
            using var answer = await _http.GetAsync(new Uri(url, "/readyz"), TestContext.Current.CancellationToken);
            _after = (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Contains("\"Target\"", StringComparison.OrdinalIgnoreCase) ? url : _after;
        }

        await _nginx.WaitUntilAsync(async stop => (await _http.GetAsync(_before, stop)).IsSuccessStatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (_nginx is not null)
        {
            await _nginx.DisposeAsync();
        }

        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        if (_backend is not null)
        {
            await _backend.DisposeAsync();
        }

        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task PlainRequest_IsToldTheSame() => Assert.Equal(await PlainAsync(_before), await PlainAsync(_after));

    [Fact]
    public async Task Socket_IsToldTheSame() => Assert.Equal(await SocketAsync(_before), await SocketAsync(_after));

    private async Task<string> PlainAsync(Uri server)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, "/a/b%20c?d=%2f&e"));
        request.Headers.Host = "app.example.com";
        request.Headers.Add("X-Forwarded-For", "203.0.113.9");
        request.Headers.Add("Cookie", "a=b; c=d");
        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return Words(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<string> SocketAsync(Uri server)
    {
        await using var socket = await RawWebSocket.ConnectAsync(server, "/ws/start/blue?x=1", "Cookie: a=b", "Origin: https://elsewhere.example");
        return Words((await socket.ReadFrameAsync("what the backend was told"))!.Text).Replace(server.Authority, "HOST", StringComparison.Ordinal);
    }

    /// <summary>The request line and what the two promise to tell; the client's own chain is taken over by nginx and removed by the gateway, which trusts nobody.</summary>
    private static string Words(string json)
    {
        var arrival = JsonSerializer.Deserialize<Arrival>(json, JsonSerializerOptions.Web)!;
        return string.Join('\n', Told.Select(name => $"{name}: {arrival.Header(name)}").Prepend($"{arrival.Method} {arrival.Target}")).Replace("203.0.113.9, ", "", StringComparison.Ordinal);
    }
}
