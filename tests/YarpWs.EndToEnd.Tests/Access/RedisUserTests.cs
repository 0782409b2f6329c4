using System.Net;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>Gateways whose user of Redis may do what the manual lists, and nothing else.</summary>
public sealed class RedisUserTests
{
    /// <summary>As the manual of the room server lists it for gateways.</summary>
    internal const string Rights =
        "~yarpws:gateway:* &yarpws:gateway:* -@all +auth +hello +client|setname +client|id +info +ping +echo +cluster|nodes +subscribe +unsubscribe +ssubscribe "
        + "+sunsubscribe +pubsub|numsub +pubsub|shardnumsub +publish +spublish +eval +evalsha +time "
        + "+get +set +getdel +incr +hget +hgetall +hset +hdel +hlen +zadd +zrem +zrangebyscore +zrevrange +pexpireat";

    [Theory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task UserWithTheCommandsOfTheManual_ServesRevocationsRenewalsTicketsAndRates(string protocol)
    {
        await using var redis = new SecuredServer("password=secret", ["--requirepass", "secret", "--user", "gateways", "on", ">p@ss", .. Rights.Split(' ')]);
        await redis.StartAsync();
        var configuration = $"127.0.0.1:{redis.Process.Port},user=gateways,password=p@ss,protocol={protocol}";
        const string Rate = "ReverseProxy:Routes:open:RequestRates:0";
        (string, string?)[] settings = [("Redis:Configuration", configuration), ($"{Rate}:Key", "all"), ($"{Rate}:Requests", "1"), ($"{Rate}:Per", "01:00:00"), ($"{Rate}:Shared", "true")];
        await using var first = await EchoGateway.StartAsync(settings);
        await using var second = await EchoGateway.StartAsync(settings);
        var gateways = new TwoGateways(new TestGateway(first.Address, first.Admin), new TestGateway(second.Address, second.Admin));
        await TwoGateways.WaitUntilRedisIsAsync(gateways.A, ready: true);
        await TwoGateways.WaitUntilRedisIsAsync(gateways.B, ready: true);

        await TwoGateways.RevokeAsync(gateways.A, """{"tokenId": "revoked"}""");
        await TwoGateways.WaitUntilRefusedAsync(gateways.B, TwoGateways.Sign(TwoGateways.User(), id: "revoked"));

        var (status, ticket) = await TwoGateways.PostAsync(gateways.A, "/auth/ticket", TwoGateways.Sign(TwoGateways.User()), """{"path": "/ws/start/blue"}""");
        Assert.Equal(HttpStatusCode.OK, status);
        await using var socket = await RawWebSocket.RequestAsync(gateways.B.Address, "GET", $"/ws/start/blue?ticket={ticket!["ticket"]}", RawWebSocket.Handshake());
        Assert.Equal(101, socket.Status);

        var (_, renewed) = await TwoGateways.PostAsync(gateways.A, "/auth/refresh", TwoGateways.Sign(TwoGateways.User()));
        Assert.Equal("all", (string?)renewed!["reach"]);
        await using var letIn = await first.AskAsync(Way.Request, "/open/x");
        await using var beyond = await second.AskAsync(Way.Request, "/open/x");
        Assert.Equal((200, 429), (letIn.Status, beyond.Status));

        await using var late = await EchoGateway.StartAsync(("Redis:Configuration", configuration));
        await TwoGateways.WaitUntilRefusedAsync(new TestGateway(late.Address, late.Admin), TwoGateways.Sign(TwoGateways.User(), id: "revoked"));
        Assert.DoesNotContain(first.Logs.Lines.Concat(second.Logs.Lines), line => line.Text.Contains("NOPERM", StringComparison.Ordinal));
    }
}
