using Xunit;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Rooms;

/// <summary>What is refused before the upgrade, with which status.</summary>
public sealed class HandshakeTests(NodeOnGarnet fixture) : IClassFixture<NodeOnGarnet>
{
    private readonly TestNode _node = fixture.Node;

    [Fact]
    public async Task GoodHandshake_IsAnsweredWith101_AndTheAcceptOfRfc6455()
    {
        await using var answer = await WireRequest.SendAsync(_node, "GET", "/ws/start/blue", WireRequest.Handshake());

        Assert.Equal(101, answer.Status);
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", answer.Header("Sec-WebSocket-Accept"));
        Assert.Null(answer.Header("Sec-WebSocket-Protocol"));
    }

    [Theory]
    [InlineData("Connection")]
    [InlineData("Upgrade")]
    [InlineData("Sec-WebSocket-Version")]
    [InlineData("Sec-WebSocket-Key")]
    public async Task Handshake_WithoutANeededHeader_Is400(string header)
    {
        await using var answer = await SendWithoutAsync(header);

        Assert.Equal(400, answer.Status);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Key: c2hvcnQ=")]
    [InlineData("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSwgYnV0IGxvbmdlcg==")]
    [InlineData("Sec-WebSocket-Key: not base64 at all!!!!!!!")]
    [InlineData("Sec-WebSocket-Key: ")]
    [InlineData("Upgrade: h2c")]
    public async Task Handshake_WithAWrongHeader_Is400(string header)
    {
        await using var answer = await SendWithoutAsync(header.Split(':')[0], header);

        Assert.Equal(400, answer.Status);
    }

    [Fact]
    public async Task Handshake_WithTwoKeys_Is400()
    {
        await using var answer = await WireRequest.SendAsync(
            _node, "GET", "/ws/start/blue", [.. WireRequest.Handshake(), "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="]);

        Assert.Equal(400, answer.Status);
    }

    [Theory]
    [InlineData("12")]
    [InlineData("8")]
    [InlineData("x")]
    [InlineData("13, 8")]
    public async Task Handshake_OfAnotherVersion_Is426_AndSaysWhichOneIsSpoken(string version)
    {
        await using var answer = await SendWithoutAsync("Sec-WebSocket-Version", $"Sec-WebSocket-Version: {version}");

        Assert.Equal((426, "13"), (answer.Status, answer.Header("Sec-WebSocket-Version")));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("HEAD")]
    [InlineData("DELETE")]
    public async Task Handshake_WithAnotherMethod_Is405_AndSaysWhichOneIsRight(string method)
    {
        await using var answer = await WireRequest.SendAsync(_node, method, "/ws/start/blue", [.. WireRequest.Handshake(), "Content-Length: 0"]);

        Assert.Equal((405, "GET"), (answer.Status, answer.Header("Allow")));
    }

    [Theory]
    [InlineData("/ws/start/")]
    [InlineData("/ws/start")]
    [InlineData("/ws/start/-blue")]
    [InlineData("/ws/start/%20")]
    [InlineData("/ws/start/%2525")]
    [InlineData("/ws/start/blue-and-more")]
    [InlineData("/ws/start/blue%2Fmore")]
    [InlineData("/ws/start/blue%ZZ")]
    [InlineData("/ws/start/blue%")]
    [InlineData("/ws/start/blue%C3")]
    [InlineData("/ws/start/%F0%9F%98%80")]
    [InlineData("/ws/start/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task Room_WhoseNameIsNotValid_Is400(string target)
    {
        await using var answer = await WireRequest.SendAsync(_node, "GET", target, WireRequest.Handshake());

        Assert.Equal(400, answer.Status);
    }

    [Theory]
    [InlineData("/WS/START/blue")]
    [InlineData("/ws/Start/blue")]
    [InlineData("/ws/./start/blue")]
    [InlineData("/ws/%2E/start/blue")]
    [InlineData("/ws/start/x/../blue")]
    [InlineData("/x/../ws/start/blue")]
    public async Task Path_WrittenInAnotherWay_Is404(string target)
    {
        await using var answer = await WireRequest.SendAsync(_node, "GET", target, WireRequest.Handshake());

        Assert.Equal(404, answer.Status);
    }

    [Fact]
    public async Task PathThatDoesNotExist_Is404()
    {
        await using var answer = await WireRequest.SendAsync(_node, "GET", "/ws/stop/blue", WireRequest.Handshake());

        Assert.Equal(404, answer.Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Authorization: Bearer x")]
    [InlineData("Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4iLCJhdWQiOiJ0ZXN0cyJ9.")]
    public async Task Handshake_WithoutAGoodToken_Is401(string header)
    {
        await using var answer = await SendWithoutAsync("Authorization", header);

        Assert.Equal((401, "Bearer"), (answer.Status, answer.Header("WWW-Authenticate")?.Split(' ')[0]));
    }

    [Fact]
    public async Task Handshake_WithoutAToken_IsLetIn_WhereAnybodyMay()
    {
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t", ("Plain:AllowAnonymous", "true"));

        await using var answer = await WireRequest.SendAsync(node, "GET", "/ws/start/blue", WireRequest.Handshake()[..4]);

        Assert.Equal(101, answer.Status);
    }

    [Fact]
    public async Task Handshake_WhenTheNodeIsFull_Is503_AndSaysWhenToComeBack()
    {
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t", ("Connections:MaxConnections", "1"));
        await using var only = await WireRequest.OpenAsync(node, "blue");

        await using var answer = await WireRequest.SendAsync(node, "GET", "/ws/start/blue", WireRequest.Handshake());

        Assert.Equal((503, "1"), (answer.Status, answer.Header("Retry-After")));
    }

    [Fact]
    public async Task Handshake_WhileRedisIsAway_Is503_AndSaysWhenToComeBack()
    {
        await using var redis = new EmbeddedGarnet();
        await using var node = await TestNode.StartUnreadyAsync(redis, "t");

        await using var answer = await WireRequest.SendAsync(node, "GET", "/ws/start/blue", WireRequest.Handshake());

        Assert.Equal((503, "1"), (answer.Status, answer.Header("Retry-After")));
    }

    private Task<RawWebSocket> SendWithoutAsync(string header, string instead = "") => WireRequest.SendAsync(
        _node,
        "GET",
        "/ws/start/blue",
        [.. WireRequest.Handshake().Where(line => !line.StartsWith(header + ":", StringComparison.Ordinal)).Append(instead).Where(line => line.Length > 0)]);
}
