using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Forwarding;

/// <summary>What the gateway has no business with goes through byte for byte.</summary>
public sealed class UnchangedRequestTests(ShippedEchoGateway shipped) : IClassFixture<ShippedEchoGateway>
{
    private readonly EchoGateway _gateway = shipped.Gateway;

    public static MatrixTheoryData<string, Way> Targets => new(
        [
            "/open/a%2fb", "/open/a%2Fb", "/open/%41%7E%25", "/open/%2541", "/open/a%20b", "/open/a+b", "/open/caf%C3%A9", "/open/caf%c3%a9",
            "/open/%E4%B8%AD%F0%9F%98%80", "/open/a//b/", "/open/a;v=1,2", "/open/a:b@c!$&'()*", "/open/a%5Cb", "/open/a%3Fb%23c", "/open/...",
            "/open/x?", "/open/x?a=1&&b&=&", "/open/x?%41=%7e%2F%2f%25&b=+%20", "/open/x?q=a/../b?c", "/open/x?%zz=%", "/open/x?%E4%B8%AD=%ff",
            "/open/x?a=%0d%0aX:1", "/open/x?a=<b>\"c\"|{d}^`\\", "/open/x?access=token",
        ],
        [Way.Request, Way.Handshake]);

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Target_ArrivesAsWritten(string target, Way way) =>
        Assert.Equal(target, (await _gateway.SendAsync(way, target)).Target);

    [Theory]
    [InlineData("/open/a/%2e%2e/b", "/open/b", Way.Request)]
    [InlineData("/open/a/%2e%2e/b", "/open/b", Way.Handshake)]
    [InlineData("/open/a/../b?q=%2e%2e/c", "/open/b?q=%2e%2e/c", Way.Request)]
    [InlineData("/open/./a/%2E/b", "/open/a/b", Way.Handshake)]
    public async Task DotSegments_ArriveResolved(string target, string arrived, Way way) =>
        Assert.Equal(arrived, (await _gateway.SendAsync(way, target)).Target);

    [Theory]
    [InlineData("/open/../api/x")]
    [InlineData("/open/%2e%2e/api/x")]
    [InlineData("/open/.%2E/ws/x")]
    [InlineData("/open/a/../../ws/x")]
    public async Task DotSegments_DoNotLeadPastARoutesPolicy(string target)
    {
        await using var request = await _gateway.AskAsync(Way.Request, target);
        await using var handshake = await _gateway.AskAsync(Way.Handshake, target);

        Assert.Equal((401, 401), (request.Status, handshake.Status));
    }

    [Theory]
    [InlineData("/open/..%2fapi/x", Way.Request)]
    [InlineData("/open/..%2fapi/x", Way.Handshake)]
    [InlineData("/open/a%2f..%2f..%2fapi/x", Way.Request)]
    [InlineData("/open/%2e%2e%2fapi/x", Way.Handshake)]
    [InlineData("/open/..;x/api/x", Way.Request)]
    [InlineData("/open/..%5capi/x", Way.Handshake)]
    public async Task DotSegments_ForABackendThatDecodesOrCutsParameters_Are400(string target, Way way)
    {
        await using var refused = await _gateway.AskAsync(way, target);

        Assert.Equal(400, refused.Status);
    }

    [Theory]
    [InlineData("Host", "chat.example:8443", Way.Request)]
    [InlineData("Host", "chat.example:8443", Way.Handshake)]
    [InlineData("Cookie", "a=; b=\"x y\";c;; =d; e=%41;a=2", Way.Request)]
    [InlineData("Cookie", "a=; b=\"x y\";c;; =d; e=%41;a=2", Way.Handshake)]
    [InlineData("Origin", "https://foreign.example", Way.Request)]
    [InlineData("User-Agent", "odd (agent; 1/2)  x", Way.Handshake)]
    [InlineData("Accept-Language", "de;q=0.9,  *", Way.Request)]
    [InlineData("Sec-WebSocket-Protocol", "v2.chat, chat", Way.Handshake)]
    [InlineData("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits, x-other", Way.Handshake)]
    [InlineData("X-Empty", "", Way.Request)]
    public async Task Header_ArrivesAsWritten(string name, string value, Way way) =>
        Assert.Equal(value, (await _gateway.SendAsync(way, "/open/x", $"{name}: {value}")).Header(name));

    [Fact]
    public async Task Handshake_ArrivesAsOne()
    {
        var origin = _gateway.Address.GetLeftPart(UriPartial.Authority);

        var arrival = await _gateway.SendAsync(Way.Handshake, "/open/x", $"Origin: {origin}");

        Assert.Equal("GET", arrival.Method);
        Assert.Equal("13", arrival.Header("Sec-WebSocket-Version"));
        Assert.Equal("websocket", arrival.Header("Upgrade"));
        Assert.Equal(origin, arrival.Header("Origin"));
    }

    [Fact]
    public async Task Subprotocol_ThatTheBackendChose_ReachesTheClient()
    {
        await using var socket = await _gateway.AskAsync(Way.Handshake, "/open/x", "Sec-WebSocket-Protocol: v2.chat, chat");

        Assert.Equal("v2.chat", socket.Header("Sec-WebSocket-Protocol"));
        Assert.Null(socket.Header("Sec-WebSocket-Extensions"));
    }
}
