using System.Net;
using Xunit;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Redis.Health;

/// <summary>What keeps Redis from serving has a line of its own for each cause, and readiness says what joins and pushes would.</summary>
public sealed class RedisProblemTests
{
    /// <summary>As the manual lists it for a room server.</summary>
    private const string Commands =
        "-@all +auth +hello +client|setname +client|id +info +ping +echo +cluster|nodes +subscribe +unsubscribe +ssubscribe +sunsubscribe +pubsub|numsub "
        + "+pubsub|shardnumsub +publish +spublish +eval +evalsha +time +get +set +hget +hmget +hset +zadd +zcard +zpopmin +zrangebyscore +pexpire";

    [Theory]
    [InlineData("127.0.0.1:{0},password=wrong", "WRONGPASS")]
    [InlineData("127.0.0.1:{0}", "NOAUTH")]
    [InlineData("redis://:wrong@127.0.0.1:{0}/0", "WRONGPASS")]
    [InlineData("redis.invalid:{0},password=secret", "There is no host")]
    [InlineData("127.0.0.1:1,password=secret", "Nothing listens")]
    public async Task WrongLogin_HasALineOfItsOwn(string configuration, string problem)
    {
        await using var redis = new SecuredServer("password=secret", "--requirepass", "secret");
        await redis.StartAsync();
        var wrong = string.Format(System.Globalization.CultureInfo.InvariantCulture, configuration, redis.Process.Port);

        // A start waits as long for connections that it does not get.
        await using var node = await TestNode.StartUnreadyAsync(redis, "t", ("Redis:Configuration", wrong), ("Redis:CommandTimeout", "00:00:02"));

        var line = await node.Logs.WaitForAsync(entry => entry.Event.Id == 2200 && entry.Text.Contains(problem, StringComparison.Ordinal), problem);
        Assert.DoesNotContain("wrong@", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Url_WithUserAndPassword_IsReady()
    {
        await using var redis = WithUser("~t:*");
        await redis.StartAsync();

        await using var node = await TestNode.StartAsync(redis, "t", ("Redis:Configuration", $"redis://rooms:p%40ss@127.0.0.1:{redis.Process.Port}/0"));

        Assert.True(node.Health.IsUp);
    }

    [Theory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task UserWithTheCommandsOfTheManual_ServesRooms(string protocol)
    {
        await using var redis = WithUser("~t:*");
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(
            redis, "t", ("Redis:Configuration", $"127.0.0.1:{redis.Process.Port},user=rooms,password=p@ss,protocol={protocol}"));

        await using var ann = await node.JoinAsync(TestNode.Group());
        await node.PublishAsync(TestNode.Group(), "hello");

        await ann.Client.ExpectAsync("hello");
        Assert.True(await node.Groups.ExistsAsync(TestNode.Group()));
        Assert.DoesNotContain(node.Logs.Lines, line => line.Event.Id == 2200);
    }

    [Fact]
    public async Task UserWhoMayNotTouchTheHub_IsNotReady_AndTheLineSaysSo()
    {
        await using var redis = WithUser("~t:probe:*");
        await redis.StartAsync();

        await using var node = await TestNode.StartUnreadyAsync(redis, "t", ("Redis:Configuration", $"127.0.0.1:{redis.Process.Port},user=rooms,password=p@ss"));

        await node.Logs.WaitForAsync(line => line.Event.Id == 2200 && line.Text.Contains("NOPERM", StringComparison.Ordinal), "NOPERM");
        using var ready = await node.Http.GetAsync(new Uri(node.Address, "/readyz"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
    }

    [Theory]
    [InlineData("zadd")]
    [InlineData("hmget")]
    [InlineData("pexpire")]
    public async Task UserWhoMayNotPublish_IsNotReady(string missing)
    {
        await using var redis = WithUser("~t:*", "-" + missing);
        await redis.StartAsync();

        await using var node = await TestNode.StartUnreadyAsync(redis, "t", ("Redis:Configuration", $"127.0.0.1:{redis.Process.Port},user=rooms,password=p@ss"));

        await node.Logs.WaitForAsync(line => line.Event.Id == 2200 && line.Text.Contains("NOPERM", StringComparison.Ordinal), "NOPERM");
        Assert.False(node.Health.IsUp);
    }

    [Fact]
    public async Task FullRedis_IsCalledFull_NotAway()
    {
        await using var redis = new SecuredServer("password=secret", "--requirepass", "secret", "--maxmemory-policy", "noeviction");
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t");

        await redis.Process.ExecuteAsync("CONFIG", "SET", "maxmemory", "1");
        await node.Logs.WaitForAsync(line => line.Event.Id == 2200 && line.Text.Contains("It is full", StringComparison.Ordinal), "a full Redis");
        using var full = await node.Http.GetAsync(new Uri(node.Address, "/readyz"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, full.StatusCode);
        Assert.Contains("\"redis\":\"full\"", await full.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await redis.Process.ExecuteAsync("CONFIG", "SET", "maxmemory", "0");

        await node.WaitForRedisAsync();
    }

    private static SecuredServer WithUser(string keys, params string[] more) =>
        new("password=secret", ["--requirepass", "secret", "--user", "rooms", "on", ">p@ss", keys, "&t:*", .. Commands.Split(' '), .. more]);
}
