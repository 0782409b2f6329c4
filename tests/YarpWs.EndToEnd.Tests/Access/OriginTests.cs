using System.Net;
using System.Net.WebSockets;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>Which pages a browser may send with its user's cookies.</summary>
public sealed class OriginTests(OriginTests.Strangers strangers) : IClassFixture<OriginTests.Strangers>
{
    private readonly EchoGateway _gateway = strangers.Gateway;
    private readonly string _login = $"Authorization: Bearer {Tokens.For("ann")}";

    [Theory]
    [InlineData("https://foreign.example", 403)]
    [InlineData("null", 403)]
    [InlineData("", 403)]
    [InlineData("garbage", 403)]
    [InlineData("http://HOST", 101)]
    [InlineData("http://HOST.foreign.example", 403)]
    [InlineData("https://HOST", 403)]
    [InlineData("http://127.0.0.1", 403)]
    [InlineData("http://127.0.0.1:1", 403)]
    [InlineData("http://HOST, https://foreign.example", 403)]
    [InlineData("https://app.example", 101)]
    [InlineData("https://app.example:8443", 403)]
    [InlineData("http://app.example", 403)]
    public async Task Handshake_DependsOnItsOrigin(string origin, int status)
    {
        var header = "Origin: " + origin.Replace("HOST", _gateway.Address.Authority, StringComparison.Ordinal);

        await using var answer = await _gateway.AskAsync(Way.Handshake, "/ws/start/x", _login, header);

        Assert.Equal(status, answer.Status);
    }

    [Fact]
    public async Task Handshake_WithTwoOrigins_Is403()
    {
        await using var answer = await _gateway.AskAsync(Way.Handshake, "/ws/start/x", _login, "Origin: https://app.example", "Origin: https://app.example");

        Assert.Equal(403, answer.Status);
    }

    [Fact]
    public async Task Handshake_OfAForeignOrigin_OnAnOpenRoute_Is403()
    {
        await using var answer = await _gateway.AskAsync(Way.Handshake, "/open/x", "Origin: https://foreign.example");

        Assert.Equal(403, answer.Status);
    }

    [Fact]
    public async Task Handshake_WithoutOrigin_IsNoBrowsers_AndLetIn()
    {
        await using var answer = await _gateway.AskAsync(Way.Handshake, "/ws/start/x", _login);

        Assert.Equal(101, answer.Status);
    }

    [Fact]
    public async Task Handshake_WithoutOrigin_WhenOneIsRequired_Is403()
    {
        await using var gateway = await EchoGateway.StartAsync(("Origins:AllowMissing", "false"), ("Origins:Allowed:0", "https://app.example"));

        await using var without = await gateway.AskAsync(Way.Handshake, "/ws/start/x", _login);
        await using var with = await gateway.AskAsync(Way.Handshake, "/ws/start/x", _login, "Origin: https://app.example");

        Assert.Equal((403, 101), (without.Status, with.Status));
    }

    [Fact]
    public async Task Handshake_OfTheSameOrigin_WhenThatIsNotEnough_Is403()
    {
        await using var gateway = await EchoGateway.StartAsync(("Origins:SameOrigin", "false"));

        await using var answer = await gateway.AskAsync(Way.Handshake, "/ws/start/x", _login, $"Origin: http://{gateway.Address.Authority}");

        Assert.Equal(403, answer.Status);
    }

    [Theory]
    [InlineData("POST", "https://foreign.example", 403)]
    [InlineData("DELETE", "null", 403)]
    [InlineData("POST", null, 403)]
    [InlineData("POST", "http://HOST", 200)]
    [InlineData("PUT", "https://app.example", 200)]
    [InlineData("GET", "https://foreign.example", 200)]
    [InlineData("HEAD", null, 200)]
    public async Task CookieToken_OfAForeignPage_ChangesNothing(string method, string? origin, int status)
    {
        List<string> headers = [$"Cookie: session={Tokens.For("ann")}", "Content-Length: 0"];
        if (origin is not null)
        {
            headers.Add("Origin: " + origin.Replace("HOST", _gateway.Address.Authority, StringComparison.Ordinal));
        }

        await using var answer = await RawWebSocket.RequestAsync(_gateway.Address, method, "/api/x", headers);

        Assert.Equal(status, answer.Status);
    }

    [Fact]
    public async Task HeaderToken_OfAForeignPage_IsItsOwn_AndLetIn()
    {
        await using var answer = await RawWebSocket.RequestAsync(
            _gateway.Address, "POST", "/api/x", [_login, "Content-Length: 0", "Origin: https://foreign.example"]);

        Assert.Equal(200, answer.Status);
    }

    [Theory]
    [InlineData("https://foreign.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData("http://HOST", HttpStatusCode.OK)]
    [InlineData("https://app.example", HttpStatusCode.OK)]
    [InlineData(null, HttpStatusCode.OK)]
    public async Task HandshakeOverHttp2_DependsOnItsOriginToo(string? origin, HttpStatusCode status)
    {
        using var client = new Http2Socket(Tokens.For("ann"));
        if (origin is not null)
        {
            client.Socket.Options.SetRequestHeader("Origin", origin.Replace("HOST", _gateway.Listeners[1].Authority, StringComparison.Ordinal));
        }

        var answer = await client.ConnectAsync(_gateway.Listeners[1], "/ws/start/x");

        Assert.Equal(status, answer);
        Assert.Equal(status == HttpStatusCode.OK ? WebSocketState.Open : WebSocketState.Closed, client.Socket.State);
    }

    /// <summary>Lets in one foreign origin, and tokens by cookie.</summary>
    public sealed class Strangers : IAsyncLifetime
    {
        public EchoGateway Gateway { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Gateway = await EchoGateway.StartAsync(
            [("Access:Cookie", "session"), ("Origins:Allowed:0", "https://app.example"), .. Http2Socket.Endpoint]);

        public ValueTask DisposeAsync() => Gateway.DisposeAsync();
    }
}
