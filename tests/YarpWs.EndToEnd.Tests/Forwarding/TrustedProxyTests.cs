using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Forwarding;

/// <summary>A proxy in front whose network is trusted is believed, and what it says is continued.</summary>
public sealed class TrustedProxyTests(TrustedProxyTests.Trusting trusting) : IClassFixture<TrustedProxyTests.Trusting>
{
    private readonly EchoGateway _gateway = trusting.Gateway;

    [Theory]
    [InlineData(Way.Request)]
    [InlineData(Way.Handshake)]
    public async Task Chain_IsAppendedTo(Way way)
    {
        var arrival = await _gateway.SendAsync(way, "/open/x", "X-Forwarded-For: 6.6.6.6, 203.0.113.9", "X-Forwarded-For: 10.1.1.1");

        Assert.Equal("6.6.6.6, 203.0.113.9, 10.1.1.1, 127.0.0.1", arrival.Header("X-Forwarded-For"));
    }

    [Theory]
    [InlineData(Way.Request)]
    [InlineData(Way.Handshake)]
    public async Task RealIp_IsTheRightmostUntrustedAddress(Way way)
    {
        var arrival = await _gateway.SendAsync(way, "/open/x", "X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.1.1.1", "X-Real-IP: 6.6.6.6");

        Assert.Equal("203.0.113.9", arrival.Header("X-Real-IP"));
    }

    [Theory]
    [InlineData(Way.Request)]
    [InlineData(Way.Handshake)]
    public async Task SchemeHostAndPrefix_AreTheProxys(Way way)
    {
        var arrival = await _gateway.SendAsync(
            way, "/open/x", "X-Forwarded-Proto: https", "X-Forwarded-Host: app.example", "X-Forwarded-Prefix: /app", "X-User-Id: ann");

        Assert.Equal("https", arrival.Header("X-Forwarded-Proto"));
        Assert.Equal("app.example", arrival.Header("X-Forwarded-Host"));
        Assert.Equal("/app", arrival.Header("X-Forwarded-Prefix"));
        Assert.Equal("ann", arrival.Header("X-User-Id"));
    }

    [Theory]
    [InlineData(Way.Request)]
    [InlineData(Way.Handshake)]
    public async Task Forwarded_IsAppendedTo(Way way)
    {
        var arrival = await _gateway.SendAsync(way, "/open/x", "Forwarded: for=203.0.113.9;proto=https");

        Assert.Equal($"for=203.0.113.9;proto=https, for=127.0.0.1;host=\"{_gateway.Address.Authority}\";proto=http", arrival.Header("Forwarded"));
    }

    [Theory]
    [InlineData("X_Forwarded_For", Way.Request)]
    [InlineData("X_Forwarded_For", Way.Handshake)]
    [InlineData("x_user_id", Way.Request)]
    [InlineData("x_user_id", Way.Handshake)]
    public async Task UnderscoreTwin_IsDroppedAllTheSame(string name, Way way) =>
        Assert.Null((await _gateway.SendAsync(way, "/open/x", $"{name}: 6.6.6.6")).Header(name));

    [Fact]
    public async Task Origin_OfTheHostThatTheProxyNames_IsTheSame()
    {
        string[] proxied = ["X-Forwarded-Proto: https", "X-Forwarded-Host: app.example"];

        await using var own = await _gateway.AskAsync(Way.Handshake, "/open/x", ["Origin: https://app.example", .. proxied]);
        await using var foreign = await _gateway.AskAsync(Way.Handshake, "/open/x", [$"Origin: {_gateway.Address.GetLeftPart(UriPartial.Authority)}", .. proxied]);

        Assert.Equal((101, 403), (own.Status, foreign.Status));
    }

    [Theory]
    [InlineData("Forwarded", Way.Request)]
    [InlineData("Forwarded", Way.Handshake)]
    public async Task Headers_OnlyForwarded_SendsNoOther(string headers, Way way)
    {
        await using var gateway = await EchoGateway.StartAsync(("Forwarding:Headers", headers));

        var arrival = await gateway.SendAsync(way, "/open/x", "X-Forwarded-For: 6.6.6.6", "X-Real-IP: 6.6.6.6", "Forwarded: for=6.6.6.6");

        Assert.Equal($"for=127.0.0.1;host=\"{gateway.Address.Authority}\";proto=http", arrival.Header("Forwarded"));
        Assert.Null(arrival.Header("X-Forwarded-For"));
        Assert.Null(arrival.Header("X-Forwarded-Proto"));
        Assert.Null(arrival.Header("X-Real-IP"));
    }

    public sealed class Trusting : IAsyncLifetime
    {
        public EchoGateway Gateway { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Gateway = await EchoGateway.StartAsync(
            ("Forwarding:TrustedProxies:0", "127.0.0.1/32"),
            ("Forwarding:TrustedProxies:1", "10.0.0.0/8"),
            ("Forwarding:Headers", "XForwarded, XRealIp, Forwarded"));

        public ValueTask DisposeAsync() => Gateway.DisposeAsync();
    }
}
