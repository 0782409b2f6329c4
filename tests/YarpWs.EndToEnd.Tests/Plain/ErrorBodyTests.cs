using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Plain;

/// <summary>Who is refused is told why, whoever refuses: the gateway, its admin port, a room server or its HTTP API.</summary>
public sealed class ErrorBodyTests(GarnetCluster garnet) : IClassFixture<GarnetCluster>
{
    private const string Push = "/api/hubs/chat/groups/push_blue/:send";
    private const string Text = "text/plain";
    private const string Json = "application/json";
    private const string Html = "text/html";

    private readonly TestCluster _cluster = garnet.Cluster;

    public enum Server
    {
        Gateway,
        Admin,
        RoomServer,
    }

    [Theory]
    [InlineData(Server.Gateway, "GET", "/nowhere", 404, Text)]
    [InlineData(Server.Gateway, "GET", "/nowhere", 404, Html, "Accept: text/html")]
    [InlineData(Server.Gateway, "TRACE", "/", 405, Text)]
    [InlineData(Server.Gateway, "get", "/", 400, Text)]
    [InlineData(Server.Gateway, "GET", "/demo/..%2fx", 400, Text)]
    [InlineData(Server.Gateway, "CONNECT", "a:80", 501, Text, "Host: a:80")]
    [InlineData(Server.Gateway, "GET", "/ws/start/blue", 401, Text)]
    [InlineData(Server.Gateway, "GET", "/ws/start/blue", 401, Html, "Accept: text/html,*/*;q=0.8")]
    [InlineData(Server.Gateway, "POST", Push, 401, Text, "Content-Length: 0")]
    [InlineData(Server.Gateway, "POST", "/", 413, Text, "Content-Length: 99999999999")]
    [InlineData(Server.Gateway, "GET", "/auth/ticket", 405, Text, "LOGIN")]
    [InlineData(Server.Gateway, "GET", Push, 405, Json, "LOGIN")]
    [InlineData(Server.Gateway, "POST", Push, 415, Json, "LOGIN", "Content-Type: image/png", "Content-Length: 0")]
    [InlineData(Server.Gateway, "GET", "/api/nothing", 404, Json, "LOGIN")]
    [InlineData(Server.Gateway, "GET", "/ws/start/blue-1!", 400, Text, "LOGIN")]
    [InlineData(Server.Admin, "GET", "/nowhere", 404, Text)]
    [InlineData(Server.Admin, "GET", "/nowhere", 404, Html, "Accept: text/html")]
    [InlineData(Server.Admin, "GET", "/", 403, Text, "Host: rooms.example.com")]
    [InlineData(Server.Admin, "DELETE", "/revocations", 405, Text)]
    [InlineData(Server.Admin, "DELETE", "/certificates", 405, Text)]
    [InlineData(Server.Admin, "DELETE", "/routes", 404, Text)]
    [InlineData(Server.Admin, "POST", "/revocations", 400, Text, "Content-Length: 0")]
    [InlineData(Server.Admin, "POST", "/routes", 400, Text, "Content-Type: text/plain", "Content-Length: 0")]
    [InlineData(Server.Admin, "GET", "/sockets/nobody", 404, Text)]
    [InlineData(Server.Admin, "POST", "/destinations/nobody/drain", 404, Text, "Content-Length: 0")]
    [InlineData(Server.RoomServer, "GET", "/nowhere", 404, Text, "LOGIN")]
    [InlineData(Server.RoomServer, "GET", "/nowhere", 401, Html, "Accept: text/html")]
    [InlineData(Server.RoomServer, "POST", "/livez", 405, Text, "Content-Length: 0", "LOGIN")]
    [InlineData(Server.RoomServer, "GET", "/ws/start/blue", 401, Text)]
    [InlineData(Server.RoomServer, "GET", "/ws/start/blue", 400, Text, "LOGIN")]
    [InlineData(Server.RoomServer, "POST", Push, 401, Json, "Content-Length: 0")]
    [InlineData(Server.RoomServer, "PUT", Push, 405, Json, "LOGIN", "Content-Length: 0")]
    public async Task Refusal_SaysWhy_AsItsReaderLikesIt(Server server, string method, string target, int status, string type, params string[] headers)
    {
        await using var answer = await RawWebSocket.RequestAsync(AddressOf(server), method, target, headers.Select(Filled));
        var body = await answer.ReadBodyAsync();

        Assert.Equal(status, answer.Status);
        Assert.StartsWith(type, answer.Header("Content-Type"), StringComparison.Ordinal);
        Assert.True(body.Trim().Length >= 20, $"'{body}' does not say much.");
    }

    /// <summary>The page comes from a room server that has lost its Redis, and needs none.</summary>
    [Fact]
    public async Task RedisAway_IsSaidWithATimeToComeBack_AndThePageStays()
    {
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        await using var cluster = await TestCluster.StartAsync(redis);
        await redis.KillAsync();
        await cluster.WaitUntilBackendsAreAsync(ready: false);
        var login = $"Authorization: Bearer {Tokens.For("ann", "webpubsub.sendToGroup")}";

        await using var page = await RawWebSocket.RequestAsync(cluster.Gateway, "GET", "/", []);
        await using var push = await RawWebSocket.RequestAsync(cluster.Gateway, "POST", Push, [login, "Content-Type: text/plain", "Content-Length: 0"]);
        await using var socket = await RawWebSocket.RequestAsync(cluster.Gateway, "GET", "/ws/start/blue", [.. RawWebSocket.Handshake(), login]);

        Assert.Equal((200, 503, 503), (page.Status, push.Status, socket.Status));
        foreach (var refused in new[] { push, socket })
        {
            Assert.True(int.Parse(refused.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture) > 0);
            Assert.Contains("Redis is away", await refused.ReadBodyAsync(), StringComparison.Ordinal);
        }
    }

    private Uri AddressOf(Server server) => server switch
    {
        Server.Gateway => _cluster.Gateway,
        Server.Admin => _cluster.Admin,
        _ => _cluster.Backends[0],
    };

    private static string Filled(string header) => header == "LOGIN" ? $"Authorization: Bearer {Tokens.For("ann", "webpubsub.sendToGroup")}" : header;
}
