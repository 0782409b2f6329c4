using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Limits;

/// <summary>What one client may not do, and that only it bears the consequence.</summary>
public sealed class LimitTests : IAsyncLifetime
{
    private readonly EmbeddedGarnet _redis = new();

    public async ValueTask InitializeAsync() => await _redis.StartAsync();

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task TooManyMessagesPerSecond_CloseTheirSenderWith1008()
    {
        await using var cluster = await TestCluster.StartAsync(_redis, ("Connections:MessagesPerSecond", "1"), ("Connections:MessageBurst", "5"));
        var (a, b) = await cluster.JoinOnBothNodesAsync(TestCluster.Room());
        await using var _ = a;
        await using var __ = b;

        for (var i = 0; i < 30; i++)
        {
            await a.SendAsync($$"""{"message": "{{i}}"}""");
        }

        await a.ExpectCloseAsync(1008);
        for (var i = 0; i < 5; i++)
        {
            await b.ExpectAsync($"{i}");
        }
    }

    [Fact]
    public async Task NodesAreFull_TheNextSocketIsRefusedWith503()
    {
        await using var cluster = await TestCluster.StartAsync(_redis, ("Connections:MaxConnections", "1"));
        var (a, b) = await cluster.JoinOnBothNodesAsync(TestCluster.Room());
        await using var _ = a;
        await using var __ = b;

        await using var refused = await RawWebSocket.RequestAsync(
            cluster.Gateway, "GET", "/ws/start/blue", [.. RawWebSocket.Handshake(), $"Authorization: Bearer {Tokens.For("ann")}"]);

        Assert.Equal(503, refused.Status);
        Assert.NotNull(refused.Header("Retry-After"));
    }

    [Fact]
    public async Task ClientThatDoesNotRead_IsClosedWith4001_AndOthersStillReceive()
    {
        const int MostMessages = 6000;
        await using var cluster = await TestCluster.StartAsync(
            _redis,
            ("Connections:MaxOutboxBytes", "1200000"),
            ("Connections:MessagesPerSecond", "100000"),
            ("Connections:MessageBurst", "100000"),
            ("Connections:CloseTimeout", "00:01:00"),
            ("Connections:PongTimeout", "00:05:00"),
            ("Sockets:PongTimeout", "00:05:00"));
        var (a, b) = await cluster.JoinOnBothNodesAsync(TestCluster.Room());
        await using var _ = a;
        await using var __ = b;
        var text = new string('x', 64 * 1024);

        // Until all buffers on the way to b are full: the system lets them grow, to tens of megabytes. a reads everything.
        for (var sent = 0; !cluster.IsClosingAllOn(node: 1); sent++)
        {
            Assert.True(sent < MostMessages, $"b has not read {sent} messages, and nobody closes it.");
            await a.SendAsync($$"""{"message": "{{text}}"}""");
            await a.ExpectAsync(text);
        }

        await b.ExpectCloseAsync(4001);
        await a.SendAsync("""{"message": "unharmed"}""");
        await a.ExpectAsync("unharmed");
    }

    [Fact]
    public async Task QuietClient_IsPinged()
    {
        await using var cluster = await TestCluster.StartAsync(_redis, ("Connections:PingInterval", "00:00:00.2"));
        await using var a = await cluster.JoinAsync(TestCluster.Room());

        for (var i = 0; i < 3; i++)
        {
            var ping = await a.ReadFrameAsync("a ping");
            Assert.Equal(Opcode.Ping, ping?.Opcode);
            await a.SendAsync(Opcode.Pong, ping!.Payload);
        }
    }

    [Fact]
    public async Task ClientThatAnswersNoPing_IsEnded()
    {
        await using var cluster = await TestCluster.StartAsync(
            _redis, ("Connections:PingInterval", "00:00:00.2"), ("Connections:PongTimeout", "00:00:00.2"), ("Sockets:CloseTimeout", "00:00:00.5"));
        var room = TestCluster.Room();
        await using var a = await cluster.JoinAsync(room);

        await a.ExpectEndAsync();
        await cluster.WaitUntilEmptyAsync(room);
    }

    [Fact]
    public async Task Anonymous_IsLetInOnlyWhereBothSidesAllowIt()
    {
        await using var open = await TestCluster.StartAsync(
            _redis, ("Plain:AllowAnonymous", "true"), ("ReverseProxy:Routes:ws:AuthorizationPolicy", "anonymous"));
        await using var half = await TestCluster.StartAsync(_redis, ("ReverseProxy:Routes:ws:AuthorizationPolicy", "anonymous"));

        await using var member = await RawWebSocket.ConnectAsync(open.Gateway, "/ws/start/blue");
        await using var refused = await RawWebSocket.RequestAsync(half.Gateway, "GET", "/ws/start/blue", RawWebSocket.Handshake());

        await member.SendAsync("""{"message": "hello"}""");
        await member.ExpectAsync("hello");
        Assert.Equal(401, refused.Status);
    }
}
