using System.Net;
using StackExchange.Redis;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Outages;

/// <summary>Redis stops, hangs, restarts empty or is flushed: connections stay, and all heals without a restart of anything.</summary>
public sealed class RedisOutageTests : IAsyncLifetime
{
    private static readonly (string, string)[] Impatient =
    [
        ("Redis:CommandTimeout", "00:00:02"), ("Redis:ProbeTimeout", "00:00:02"), ("Redis:ProbeInterval", "00:00:00.2"), ("Groups:AuditInterval", "00:00:01"),
    ];

    private readonly RedisServer _redis = new();
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        _cluster = await TestCluster.StartAsync(_redis, Impatient);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task RedisStops_SocketsStay_AndWhatWasSentMeanwhileArrives()
    {
        var (a, b) = await _cluster.JoinOnBothNodesAsync(TestCluster.Room());
        await using var _ = a;
        await using var __ = b;

        await _redis.KillAsync();
        await _cluster.WaitUntilBackendsAreAsync(ready: false);
        await a.SendAsync("""{"message": "sent while Redis was away"}""");
        await a.SendAsync("""{"message": "and this after it"}""");
        await _redis.StartAsync();

        foreach (var member in new[] { a, b })
        {
            await member.ExpectAsync("sent while Redis was away");
            await member.ExpectAsync("and this after it");
        }

        await b.SendAsync("""{"message": "as before"}""");
        await a.ExpectAsync("as before");
    }

    [Fact]
    public async Task RedisHangs_SocketsStay_AndWhatWasSentMeanwhileArrivesOnce()
    {
        var (a, b) = await _cluster.JoinOnBothNodesAsync(TestCluster.Room());
        await using var _ = a;
        await using var __ = b;

        await _redis.HangAsync();
        await a.SendAsync("""{"message": "sent while Redis hung"}""");
        await _cluster.WaitUntilBackendsAreAsync(ready: false);
        await _redis.ResumeAsync();
        await _cluster.WaitUntilBackendsAreAsync(ready: true);
        await b.SendAsync("""{"message": "as before"}""");

        foreach (var member in new[] { a, b })
        {
            await member.ExpectAsync("sent while Redis hung");
            await member.ExpectAsync("as before");
        }
    }

    [Fact]
    public async Task WhileRedisIsAway_PushesAndNewSocketsAreRefusedWith503_AndSayWhenToRetry()
    {
        await _redis.KillAsync();
        await _cluster.WaitUntilBackendsAreAsync(ready: false);

        using var push = await _cluster.PushAsync("blue", "hello", "text/plain");
        await using var socket = await RawWebSocket.RequestAsync(
            _cluster.Gateway, "GET", "/ws/start/blue", [.. RawWebSocket.Handshake(), $"Authorization: Bearer {Tokens.For("ann")}"]);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, push.StatusCode);
        Assert.NotNull(push.Headers.RetryAfter);
        Assert.Equal(503, socket.Status);
        Assert.NotNull(socket.Header("Retry-After"));
    }

    [Fact]
    public async Task FlushAll_LeavesNobodyDeaf()
    {
        var room = TestCluster.Room();
        var (a, b) = await _cluster.JoinOnBothNodesAsync(room);
        await using var _ = a;
        await using var __ = b;
        await a.SendAsync("""{"message": "before"}""");
        await a.ExpectAsync("before");
        await b.ExpectAsync("before");

        await using var operatorsHand = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration + ",allowAdmin=true");
        await operatorsHand.GetServer(_redis.Configuration).FlushAllDatabasesAsync();

        for (var i = 0; i < 3; i++)
        {
            await b.SendAsync($$"""{"message": "after {{i}}"}""");
            await a.ExpectAsync($"after {i}");
            await b.ExpectAsync($"after {i}");
        }
    }

    [Fact]
    public async Task RedisIsAwayForTooLong_OnlyTheWaitingSenderIsClosed_With1013()
    {
        await using var cluster = await TestCluster.StartAsync(_redis, [.. Impatient, ("Connections:SendPatience", "00:00:01")]);
        var (a, b) = await cluster.JoinOnBothNodesAsync(TestCluster.Room());
        await using var _ = a;
        await using var __ = b;

        await _redis.KillAsync();
        await a.SendAsync("""{"message": "never sent on"}""");
        await a.ExpectCloseAsync(1013);

        await _redis.StartAsync();
        await cluster.WaitUntilBackendsAreAsync(ready: true);
        await b.SendAsync("""{"message": "still here"}""");
        await b.ExpectAsync("still here");
    }

    [Fact]
    public async Task PubSubConnectionsKilled_MessagesPublishedMeanwhileStillArrive()
    {
        var (a, b) = await _cluster.JoinOnBothNodesAsync(TestCluster.Room());
        await using var _ = a;
        await using var __ = b;
        await using var operatorsHand = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration + ",allowAdmin=true");

        for (var i = 0; i < 10; i++)
        {
            await operatorsHand.GetServer(_redis.Configuration).ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
            await a.SendAsync($$"""{"message": "{{i}}"}""");
            await a.ExpectAsync($"{i}");
            await b.ExpectAsync($"{i}");
        }
    }
}
