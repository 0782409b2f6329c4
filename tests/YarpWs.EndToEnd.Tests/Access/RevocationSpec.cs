using System.Net;
using StackExchange.Redis;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>A login that is revoked on one gateway is revoked on all.</summary>
public abstract class RevocationSpec
{
    protected abstract Task<TestCluster> ClusterAsync();

    [Theory]
    [InlineData("user")]
    [InlineData("sessionId")]
    [InlineData("tokenId")]
    public async Task RevokedLogin_ItsSocketsOnBothGateways_AreClosed_AndItsTokenIsRefusedOnBoth(string by)
    {
        var gateways = await TwoGateways.StartAsync(await ClusterAsync());
        var (user, session, id) = (TwoGateways.User(), TwoGateways.User(), TwoGateways.User());
        var (token, other) = (TwoGateways.Sign(user, session, id), TwoGateways.Sign(TwoGateways.User()));
        await using var onA = await TwoGateways.ConnectAsync(gateways.A, token);
        await using var onB = await TwoGateways.ConnectAsync(gateways.B, token);
        await using var another = await TwoGateways.ConnectAsync(gateways.B, other);

        // The handshake is answered before the gateway counts the socket; once it carries messages it is counted.
        await onA.SendAsync("""{"message": "here"}""");
        await onA.ExpectAsync("here");

        var (status, answer) = await TwoGateways.RevokeAsync(gateways.A, $$"""{"{{by}}": "{{(by == "user" ? user : by == "sessionId" ? session : id)}}"}""");

        Assert.Equal((HttpStatusCode.OK, "all", 1), (status, (string?)answer!["reach"], (int)answer["closed"]!));
        await onA.ExpectCloseAsync(4004);
        await onB.ExpectCloseAsync(4004);
        Assert.Equal(HttpStatusCode.Unauthorized, await TwoGateways.AskAsync(gateways.A, token));
        Assert.Equal(HttpStatusCode.Unauthorized, await TwoGateways.AskAsync(gateways.B, token));
        await another.SendAsync("""{"message": "still here"}""");
        await another.ExpectAsync("still here");
    }

    [Fact]
    public async Task RevokedUser_WhoLogsInAgain_IsLetInEverywhere()
    {
        var gateways = await TwoGateways.StartAsync(await ClusterAsync());
        var user = TwoGateways.User();
        await TwoGateways.RevokeAsync(gateways.A, $$"""{"user": "{{user}}"}""");
        await TwoGateways.WaitUntilRefusedAsync(gateways.B, TwoGateways.Sign(user));

        // A login within Revocations:ClockSkew of the revocation does not count yet.
        var token = "";
        await Eventually.IsAsync(
            async _ => await TwoGateways.AskAsync(gateways.B, token = TwoGateways.Sign(user)) != HttpStatusCode.Unauthorized, "a new login to be let in", Deadline.Length);

        await using var onA = await TwoGateways.ConnectAsync(gateways.A, token);
        await using var onB = await TwoGateways.ConnectAsync(gateways.B, token);
    }

    [Fact]
    public async Task GatewayThatStartsLater_KnowsWhatWasRevoked_BeforeItsFirstRequest()
    {
        var cluster = await ClusterAsync();
        var gateways = await TwoGateways.StartAsync(cluster);
        var users = Enumerable.Range(0, 5).Select(_ => TwoGateways.User()).ToList();
        foreach (var user in users)
        {
            await TwoGateways.RevokeAsync(gateways.A, $$"""{"user": "{{user}}"}""");
        }

        var late = await TwoGateways.StartAsync(cluster);
        await TwoGateways.PartsWhenReadyAsync(late.B);

        foreach (var user in users)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await TwoGateways.AskAsync(late.B, TwoGateways.Sign(user)));
        }
    }

    [Fact]
    public async Task RevocationOfTheSameUser_IsKeptOnce_AndInRedisOnlyWhileItLasts()
    {
        var cluster = await ClusterAsync();
        var gateways = await TwoGateways.StartAsync(cluster);
        var user = TwoGateways.User();
        for (var i = 0; i < 3; i++)
        {
            await TwoGateways.RevokeAsync(gateways.A, $$"""{"user": "{{user}}"}""");
        }

        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.Redis.Configuration + ",allowAdmin=true");
        var server = redis.GetServer(cluster.Redis.Configuration);
        var keys = server.Keys(pattern: "*{revocations}*").ToList();

        Assert.All(keys, key => Assert.InRange(redis.GetDatabase().KeyTimeToLive(key)!.Value, TimeSpan.FromDays(29), TimeSpan.FromDays(30)));
        Assert.Single(keys, key => key.ToString().EndsWith(":all", StringComparison.Ordinal));
        var entries = await redis.GetDatabase().HashGetAllAsync(keys.First(key => key.ToString().EndsWith(":all", StringComparison.Ordinal)));
        Assert.Single(entries, entry => entry.Name.ToString().Contains(user, StringComparison.Ordinal));
    }
}

public sealed class RevocationsOnGarnet(GarnetCluster garnet) : RevocationSpec, IClassFixture<GarnetCluster>
{
    protected override Task<TestCluster> ClusterAsync() => Task.FromResult(garnet.Cluster);
}

public sealed class RevocationsOnRedis(RedisCluster redis) : RevocationSpec, IClassFixture<RedisCluster>
{
    protected override Task<TestCluster> ClusterAsync() => redis.StartAsync();
}
