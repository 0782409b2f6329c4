using System.Net;
using System.Net.WebSockets;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>WebSockets over HTTP/2 (RFC 8441): the same doors, the same rooms.</summary>
public sealed class Http2Tests(Http2Tests.WithHttp2 withHttp2) : IClassFixture<Http2Tests.WithHttp2>
{
    private readonly TestCluster _cluster = withHttp2.Cluster;

    [Fact]
    public async Task Message_CrossesToAMemberOverHttp1_AndBack()
    {
        var room = TestCluster.Room();
        using var two = new Http2Socket(Tokens.For("ann"));
        Assert.Equal(HttpStatusCode.OK, await two.ConnectAsync(_cluster.Listeners[1], $"/ws/start/{room}"));
        await using var one = await _cluster.JoinAsync(room, "ben");

        await two.SendAsync("""{"message": "from HTTP/2"}""");
        await one.ExpectAsync("from HTTP/2");
        Assert.Equal("from HTTP/2", await two.ReceiveAsync());

        await one.SendAsync("""{"message": "from HTTP/1.1"}""");
        Assert.Equal("from HTTP/1.1", await two.ReceiveAsync());
    }

    [Fact]
    public async Task CloseCode_IsEchoed_AndTheMemberGone()
    {
        var room = TestCluster.Room();
        using var two = new Http2Socket(Tokens.For("ann"));
        await two.ConnectAsync(_cluster.Listeners[1], $"/ws/start/{room}");

        await two.CloseAsync((WebSocketCloseStatus)4321);

        Assert.Equal(4321, (int?)two.Socket.CloseStatus);
        await _cluster.WaitUntilEmptyAsync(room);
    }

    [Fact]
    public async Task BadMessage_IsClosedWithItsCode()
    {
        using var two = new Http2Socket(Tokens.For("ann"));
        await two.ConnectAsync(_cluster.Listeners[1], $"/ws/start/{TestCluster.Room()}");

        await two.SendAsync("not json");
        await two.ReceiveAsync();

        Assert.Equal(1011, (int?)two.Socket.CloseStatus);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("garbage")]
    public async Task Handshake_WithoutAGoodToken_Is401(string? token)
    {
        using var two = new Http2Socket(token);

        Assert.Equal(HttpStatusCode.Unauthorized, await two.ConnectAsync(_cluster.Listeners[1], "/ws/start/blue"));
    }

    [Fact]
    public async Task Subprotocol_WithTheToken_OpensTheDoor_AndTheOtherIsChosen()
    {
        using var two = new Http2Socket();
        two.Socket.Options.AddSubProtocol(Tokens.AsSubprotocol(Tokens.For("ann")));
        two.Socket.Options.AddSubProtocol("attributed.yarpws.v1");

        var answer = await two.ConnectAsync(_cluster.Listeners[1], $"/ws/start/{TestCluster.Room()}");

        Assert.Equal(HttpStatusCode.OK, answer);
        Assert.Equal("attributed.yarpws.v1", two.Socket.SubProtocol);
    }

    public sealed class WithHttp2 : IAsyncLifetime
    {
        private readonly EmbeddedGarnet _redis = new();

        public TestCluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            await _redis.StartAsync();
            Cluster = await TestCluster.StartAsync(_redis, Http2Socket.Endpoint);
        }

        public async ValueTask DisposeAsync()
        {
            await Cluster.DisposeAsync();
            await _redis.DisposeAsync();
        }
    }
}
