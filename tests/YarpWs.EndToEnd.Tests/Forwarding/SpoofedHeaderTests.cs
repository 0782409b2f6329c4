using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Forwarding;

/// <summary>What a client that is no trusted proxy says about itself does not reach a backend.</summary>
public sealed class SpoofedHeaderTests(ShippedEchoGateway shipped) : IClassFixture<ShippedEchoGateway>
{
    private const string Spoof = "6.6.6.6";

    private readonly EchoGateway _gateway = shipped.Gateway;

    public static MatrixTheoryData<string, Way> Spoofs => new(
        [
            "X-Forwarded-For", "x-forwarded-for", "X_Forwarded_For", "X-Forwarded_For", "x_forwarded-for",
            "X-Forwarded-Host", "X_Forwarded_Host", "X-Forwarded-Proto", "X_Forwarded_Proto", "X-Forwarded-Prefix", "X_Forwarded_Prefix",
            "X-Forwarded-Port", "X-Forwarded-User", "Forwarded", "X-Real-IP", "X_Real_IP", "x-real_ip",
            "X-User-Id", "x_user_id", "X-User-Roles", "X_User_Roles", "Remote-User", "Remote_User", "X-Auth-Request-User", "X-Client-Cert",
        ],
        [Way.Request, Way.Handshake]);

    [Theory]
    [MemberData(nameof(Spoofs))]
    public async Task SpoofedHeader_LeavesOnlyTheGatewaysOwnValues(string name, Way way)
    {
        var arrival = await _gateway.SendAsync(way, "/open/x", $"{name}: {Spoof}", $"{name}: {Spoof}");

        Assert.DoesNotContain(Spoof, arrival.Without(""), StringComparison.Ordinal);
        ExpectOwnValues(arrival);
    }

    [Theory]
    [InlineData(Way.Request, "Connection: close, X-Forwarded-For")]
    [InlineData(Way.Request, "Connection: close, x-real-ip, X-Forwarded-Host, X-Forwarded-Proto")]
    [InlineData(Way.Handshake, "Connection: X-Forwarded-For")]
    [InlineData(Way.Handshake, "Connection: x-real-ip, X-Forwarded-Host, X-Forwarded-Proto")]
    public async Task ForwardingHeader_NamedInConnection_StillArrives(Way way, string connection)
    {
        var arrival = await _gateway.SendAsync(way, "/open/x", connection, $"X-Forwarded-For: {Spoof}");

        ExpectOwnValues(arrival);
    }

    [Theory]
    [InlineData(Way.Request, "Connection: X-Custom")]
    [InlineData(Way.Request, "Connection: close, keep-alive, x-custom")]
    [InlineData(Way.Handshake, "Connection: keep-alive, X-Custom")]
    public async Task HeaderNamedInConnection_IsDropped(Way way, string connection)
    {
        var arrival = await _gateway.SendAsync(way, "/open/x", connection, "X-Custom: 1", "X-Other: 2");

        Assert.Null(arrival.Header("X-Custom"));
        Assert.Equal("2", arrival.Header("X-Other"));
    }

    [Theory]
    [InlineData("Host")]
    [InlineData("Sec-WebSocket-Version")]
    [InlineData("Sec-WebSocket-Protocol")]
    public async Task HandshakeHeader_NamedInConnection_IsKept(string name)
    {
        var arrival = await _gateway.SendAsync(Way.Handshake, "/open/x", $"Connection: {name}", "Sec-WebSocket-Protocol: chat");

        Assert.NotNull(arrival.Header(name));
    }

    private void ExpectOwnValues(Arrival arrival)
    {
        Assert.Equal("127.0.0.1", arrival.Header("X-Forwarded-For"));
        Assert.Equal("127.0.0.1", arrival.Header("X-Real-IP"));
        Assert.Equal("http", arrival.Header("X-Forwarded-Proto"));
        Assert.Equal(_gateway.Address.Authority, arrival.Header("X-Forwarded-Host"));
    }
}
