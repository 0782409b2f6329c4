using System.Net;
using System.Net.WebSockets;

namespace YarpWs.Gateway.Tests.Edge.Tls;

/// <summary>How clients are led to https, and kept there.</summary>
public sealed class TlsHttpsTests : IAsyncLifetime
{
    private readonly TlsFolder _files = new();
    private Destination _a = null!;

    public async ValueTask InitializeAsync()
    {
        _files.Save("own", "chat.example");
        _a = await Destination.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        _files.Dispose();
    }

    [Fact]
    public async Task PlainRequest_IsLedToHttps_AsItWasWritten()
    {
        await using var gateway = await StartAsync(("Https:Redirect", "true"));

        var answer = await gateway.SendRawAsync("POST /demo/a%2fb?x=1&y=%20 HTTP/1.1", "Host: chat.example:8080", "Content-Length: 0");

        Assert.StartsWith("HTTP/1.1 308 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nLocation: https://chat.example/demo/a%2fb?x=1&y=%20\r\n", answer, StringComparison.Ordinal);
        Assert.Empty(_a.Arrivals);
    }

    [Fact]
    public async Task OtherPort_StandsInTheAddress()
    {
        await using var gateway = await StartAsync(("Https:Redirect", "true"), ("Https:Port", "8443"));

        Assert.Contains("\r\nLocation: https://chat.example:8443/\r\n", await gateway.SendRawAsync("GET / HTTP/1.1", "Host: chat.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handshake_InTheClear_Is403()
    {
        await using var gateway = await StartAsync(("Https:Redirect", "true"));
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"ws://{gateway.Public.Authority}/ws/start/blue"), Deadline.Token()));

        Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    [Fact]
    public async Task AcmeChallenge_IsItsRoutes()
    {
        await using var gateway = await StartAsync(
            ("Https:Redirect", "true"),
            ("ReverseProxy:Routes:acme:ClusterId", "backend"),
            ("ReverseProxy:Routes:acme:AuthorizationPolicy", "anonymous"),
            ("ReverseProxy:Routes:acme:Match:Path", "/.well-known/acme-challenge/{token}"));

        Assert.StartsWith("HTTP/1.1 200 ", await gateway.SendRawAsync("GET /.well-known/acme-challenge/x HTTP/1.1", "Host: chat.example"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 308 ", await gateway.SendRawAsync("GET /.well-known/acme-challenges HTTP/1.1", "Host: chat.example"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http", 308)]
    [InlineData("https", 200)]
    [InlineData(null, 200)]
    public async Task TrustedProxy_SaysWhatTheClientSpeaks(string? scheme, int status)
    {
        await using var gateway = await TestGateway.StartAsync(_a, _a, ("Https:Redirect", "true"), ("Forwarding:TrustedProxies:0", "127.0.0.1"));

        var answer = await gateway.SendRawAsync(["GET /demo/a HTTP/1.1", "Host: chat.example", .. scheme is null ? (string[])[] : [$"X-Forwarded-Proto: {scheme}"]]);

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scheme_ThatAStrangerClaims_IsNotBelieved()
    {
        await using var gateway = await StartAsync(("Https:Redirect", "true"), ("Https:Hsts:MaxAge", "365.00:00:00"));

        var answer = await gateway.SendRawAsync("GET /demo/a HTTP/1.1", "Host: chat.example", "X-Forwarded-Proto: https");

        Assert.StartsWith("HTTP/1.1 308 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Strict-Transport-Security", answer, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task StrictTransportSecurity_StandsInAnswersOverTls_RefusalsToo_AndInNoOthers()
    {
        await using var gateway = await StartAsync(
            ("Https:Hsts:MaxAge", "365.00:00:00"), ("Https:Hsts:IncludeSubDomains", "true"), ("Https:Hsts:Preload", "true"), ("Forwarding:TrustedProxies:0", "127.0.0.1"));

        foreach (var path in new[] { "/demo/a", "/nowhere" })
        {
            Assert.Contains(
                "\r\nStrict-Transport-Security: max-age=31536000; includeSubDomains; preload\r\n",
                await gateway.SendRawAsync($"GET {path} HTTP/1.1", "Host: chat.example", "X-Forwarded-Proto: https"),
                StringComparison.Ordinal);
            Assert.DoesNotContain("Strict-Transport", await gateway.SendRawAsync($"GET {path} HTTP/1.1", "Host: chat.example"), StringComparison.OrdinalIgnoreCase);
        }
    }

    private Task<TestGateway> StartAsync(params (string Key, string? Value)[] settings) => TestGateway.StartAsync(
        _a, _a, [("Kestrel:Endpoints:Https:Url", "https://127.0.0.1:0"), .. _files.Settings("Kestrel:Endpoints:Https", "own"), .. settings]);
}
