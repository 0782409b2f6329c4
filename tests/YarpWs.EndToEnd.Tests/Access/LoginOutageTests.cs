using System.Net;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>What becomes of renewals and tickets while Redis is away, and when it is back.</summary>
public sealed class LoginOutageTests : IAsyncLifetime
{
    private const string Order = """{"path": "/ws/start/blue"}""";

    private readonly RedisServer _redis = new();
    private EchoGateway _echo = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        _echo = await EchoGateway.StartAsync(("Redis:Configuration", _redis.Configuration));
        _gateway = new TestGateway(_echo.Address, _echo.Admin);
    }

    public async ValueTask DisposeAsync()
    {
        await _echo.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task WhileRedisIsAway_TicketsAre503_AndRefreshIsLocal_AndAllIsWellAfterwards()
    {
        var (user, token) = (TwoGateways.User(), TwoGateways.Sign(TwoGateways.User()));
        var (_, before) = await TwoGateways.PostAsync(_gateway, "/auth/ticket", token, Order);
        await using var refreshed = await TwoGateways.ConnectAsync(_gateway, TwoGateways.Sign(user, expiresInSeconds: 30));

        await _redis.KillAsync();
        await TwoGateways.WaitUntilRedisIsAsync(_gateway, ready: false);

        var (issued, _) = await TwoGateways.PostAsync(_gateway, "/auth/ticket", token, Order);
        await using var redeemed = await RawWebSocket.RequestAsync(
            _gateway.Address, "GET", $"/ws/start/blue?ticket={before!["ticket"]}", RawWebSocket.Handshake());
        Assert.Equal((HttpStatusCode.ServiceUnavailable, 503, "2"), (issued, redeemed.Status, redeemed.Header("Retry-After")));

        var (status, answer) = await TwoGateways.PostAsync(_gateway, "/auth/refresh", TwoGateways.Sign(user));
        Assert.Equal((HttpStatusCode.OK, "local", 1), (status, (string?)answer!["reach"], (int)answer["sockets"]!));
        await using var byToken = await TwoGateways.ConnectAsync(_gateway, token);

        await _redis.StartAsync();
        await TwoGateways.WaitUntilRedisIsAsync(_gateway, ready: true);

        var (_, after) = await TwoGateways.PostAsync(_gateway, "/auth/ticket", token, Order);
        await using var opened = await RawWebSocket.ConnectAsync(_gateway.Address, $"/ws/start/blue?ticket={after!["ticket"]}");
        var (_, everywhere) = await TwoGateways.PostAsync(_gateway, "/auth/refresh", TwoGateways.Sign(user, expiresInSeconds: 7200));
        Assert.Equal(("all", 1), ((string?)everywhere!["reach"], (int)everywhere["sockets"]!));
    }
}
