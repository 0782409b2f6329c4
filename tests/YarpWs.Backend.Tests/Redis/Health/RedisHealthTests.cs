using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Xunit;
using YarpWs.Backend.Tests.Node;
using YarpWs.Platform.Redis;
using YarpWs.Platform.Transport;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Redis.Health;

public sealed class RedisHealthTests
{
    /// <summary>Probes follow each other fast, and a busy machine may take its time over each.</summary>
    private static readonly (string, string)[] OftenProbed = [("Redis:ProbeInterval", "00:00:00.1"), ("Redis:CommandTimeout", "00:00:20"), ("Redis:ProbeTimeout", "00:00:20")];

    /// <summary>A start waits for the connections as long as for a command; where nobody listens, in vain.</summary>
    private static readonly (string, string)[] StartedAlone = [("Redis:ProbeInterval", "00:00:00.1"), ("Redis:CommandTimeout", "00:00:02"), ("Redis:ProbeTimeout", "00:00:20")];

    /// <summary>A Redis that says nothing is soon taken for gone.</summary>
    private static readonly (string, string)[] Impatient = [("Redis:ProbeInterval", "00:00:00.1"), ("Redis:CommandTimeout", "00:00:02"), ("Redis:ProbeTimeout", "00:00:02")];

    [Fact]
    public async Task Start_WithoutRedis_Succeeds_AndIsReadyOnceRedisIsThere()
    {
        await using var redis = new EmbeddedGarnet();
        await using var node = await TestNode.StartUnreadyAsync(redis, "t", StartedAlone);

        await node.Logs.WaitForAsync(eventId: 2200);
        using var early = await GetReadyAsync(node);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, early.StatusCode);
        Assert.Contains("\"redis\":\"away", await BodyAsync(early), StringComparison.Ordinal);

        await redis.StartAsync();
        await node.WaitForRedisAsync();
        using var later = await GetReadyAsync(node);
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
    }

    [Fact]
    public async Task Start_BeforeTheConnectionsAreMade_IsNoProblemOfRedis()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await redis.HangAsync();
        await using var node = await TestNode.StartUnreadyAsync(
            redis, "t", ("Redis:ProbeInterval", "00:00:00.1"), ("Redis:CommandTimeout", "00:00:01"), ("Redis:ProbeTimeout", "00:00:30"));
        while (node.Health.State == RedisProblem.State(failure: null))
        {
            using var early = await GetReadyAsync(node);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, early.StatusCode);
            await Eventually.AgainAsync(Deadline.Token());
        }

        await redis.ResumeAsync();
        await node.WaitForRedisAsync();

        Assert.DoesNotContain(node.Logs.Lines, line => line.Event.Id == 2200);
    }

    [Fact]
    public async Task RedisThatTakesNoWrites_CountsAsAway()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();

        // Patient: a probe that a busy machine delays would be a loss as well, and over before the test looks.
        await using var node = await TestNode.StartAsync(redis, "t");
        await using var operatorsHand = await ConnectionMultiplexer.ConnectAsync(redis.Configuration + ",allowAdmin=true");

        await operatorsHand.GetServer(redis.Configuration).ConfigSetAsync("min-replicas-to-write", "1");
        await node.Logs.WaitForAsync(eventId: 2200);
        using var refused = await GetReadyAsync(node);
        await operatorsHand.GetServer(redis.Configuration).ConfigSetAsync("min-replicas-to-write", "0");
        await node.WaitForRedisAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
    }

    [Fact]
    public async Task Alive_WithoutRedis_IsStillSaid()
    {
        await using var redis = new EmbeddedGarnet();
        await using var node = await TestNode.StartUnreadyAsync(redis, "t", StartedAlone);

        using var answer = await node.Http.GetAsync(new Uri(node.Address, "/livez"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task LossAndReturn_AreOneLineEach_NotOnePerProbe()
    {
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t", OftenProbed);

        await redis.KillAsync();
        await node.Logs.WaitForAsync(eventId: 2200);
        await AttemptsAsync(redis, count: 5);
        await redis.StartAsync();
        await node.WaitForRedisAsync();
        await PublishedProbesAsync(node, count: 3);

        Assert.Equal(LogLevel.Error, Assert.Single(node.Logs.Lines, line => line.Event.Id == 2200).Level);
        Assert.Equal(
            [LogLevel.Information, LogLevel.Information],
            node.Logs.Lines.Where(line => line.Event.Id == 2201).Select(line => line.Level));
    }

    [Fact]
    public async Task Redis_ThatHangs_CountsAsAway_UntilItGoesOn()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t", Impatient);
        Assert.True(node.Health.IsUp);

        await redis.HangAsync();
        await node.Logs.WaitForAsync(eventId: 2200);
        Assert.False(node.Health.IsUp);
        Assert.Equal("away (no answer in time)", node.Health.State);

        await redis.ResumeAsync();
        await node.WaitForRedisAsync();
        Assert.Equal("ready", node.Health.State);
    }

    [Fact]
    public async Task Redis_ThatIsNotHeard_BecauseTheEventLoopsAreBehind_DoesNotCountAsAway()
    {
        Assert.SkipUnless(EventLoops.AreSupported, "There are no event loops on this system.");
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(
            redis, "t", ("Redis:CommandTimeout", "00:00:01"), ("Redis:ProbeTimeout", "00:00:01"), ("Redis:ProbeInterval", "00:00:00.1"));
        using var goOn = new ManualResetEventSlim();
        foreach (var loop in node.Get<EventLoops>().All)
        {
            loop.Start(() =>
            {
                goOn.Wait(TimeSpan.FromSeconds(20));
                return Task.CompletedTask;
            });
        }

        await node.Logs.WaitForAsync(eventId: 2202);
        goOn.Set();
        await PublishedProbesAsync(node, count: 3);

        Assert.True(node.Health.IsUp);
        Assert.DoesNotContain(node.Logs.Lines, line => line.Event.Id == 2200);
    }

    [Fact]
    public async Task Redis_ThatAnswersButCarriesNothing_CountsAsAway()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t", OftenProbed);

        await node.Redis.Database.ExecuteAsync("ACL", "SETUSER", "default", "resetchannels");
        await node.Logs.WaitForAsync(eventId: 2200);

        await node.Redis.Database.PingAsync();
        Assert.False(node.Health.IsUp);
    }

    [Fact]
    public async Task AnswerOfAnOlderProbe_ThatComesLate_DoesNotCount()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t", Impatient);
        await using var operatorsHand = await ConnectionMultiplexer.ConnectAsync(redis.Configuration + ",allowAdmin=true");
        var hand = operatorsHand.GetDatabase();
        await hand.ExecuteAsync("ACL", "SETUSER", "hand", "on", "nopass", "+@all", "~*", "&*");
        await hand.ExecuteAsync("AUTH", "hand", "");
        var channel = (string)((RedisResult[])(await hand.ExecuteAsync("PUBSUB", "CHANNELS", "t:{chat}:probe:*"))!).Single()!;

        // It hears its channel, and nothing of its own gets there any more.
        await hand.ExecuteAsync("ACL", "SETUSER", "default", "-publish", "-spublish");
        await node.Logs.WaitForAsync(eventId: 2200);
        var heard = 0L;
        while (heard < 1000)
        {
            heard += (long)await hand.ExecuteAsync("PUBLISH", channel, "1");
            Assert.False(node.Health.IsUp);
        }
    }

    [Fact]
    public async Task Probe_ThatLostItsSubscription_IsSubscribedAgain()
    {
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t", Impatient);

        await node.Redis.Subscriber.UnsubscribeAllAsync();
        await PublishedProbesAsync(node, count: 3);

        await node.WaitForRedisAsync();
    }

    [Fact]
    public async Task ConnectionThatIsCut_IsAReturn_EvenWhenItIsBackBeforeAProbeFails()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t");
        await using var operatorsHand = await ConnectionMultiplexer.ConnectAsync(redis.Configuration + ",allowAdmin=true");

        for (var i = 0; i < 5; i++)
        {
            var returned = new TaskCompletionSource();
            void Return() => returned.TrySetResult();
            node.Health.Returned += Return;
            await operatorsHand.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
            await returned.Task.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
            node.Health.Returned -= Return;
        }
    }

    [Fact]
    public async Task Probe_ThatIsHeard_IsNotSubscribedAnew()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t", OftenProbed);
        await using var operatorsHand = await ConnectionMultiplexer.ConnectAsync(redis.Configuration + ",allowAdmin=true");
        var server = operatorsHand.GetServer(redis.Configuration);
        await server.ConfigResetStatisticsAsync();

        await PublishedProbesAsync(node, count: 5);

        Assert.False(await HasUnsubscribedAsync(server));
    }

    [Fact]
    public async Task Cut_LeadsToANewSubscriptionOfTheProbe()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t");
        await using var operatorsHand = await ConnectionMultiplexer.ConnectAsync(redis.Configuration + ",allowAdmin=true");
        var server = operatorsHand.GetServer(redis.Configuration);
        await server.ConfigResetStatisticsAsync();

        // The library by itself subscribes again, and never unsubscribes. What the node says while it is still cut off does not arrive, and it is not said again where it
        // was subscribed anew after that.
        for (var cuts = 0; !await HasUnsubscribedAsync(server); cuts++)
        {
            Assert.True(cuts < 20, "The probe was not subscribed anew after any of 20 cuts.");
            var returned = new TaskCompletionSource();
            void Return() => returned.TrySetResult();
            node.Health.Returned += Return;
            await operatorsHand.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
            await returned.Task.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
            node.Health.Returned -= Return;
            await PublishedProbesAsync(node, 3);
        }
    }

    /// <summary>Waits until the node has published so many probes more; each but the newest has then been judged.</summary>
    private static async Task PublishedProbesAsync(TestNode node, int count)
    {
        var probes = await node.Redis.Subscriber.SubscribeAsync(RedisChannel.Pattern("t:{chat}:probe:*"));
        using var deadline = new CancellationTokenSource(Deadline.Length);
        for (var i = 0; i < count; i++)
        {
            await probes.ReadAsync(deadline.Token);
        }
    }

    private static async Task<bool> HasUnsubscribedAsync(IServer server) =>
        (await server.InfoAsync("commandstats")).SelectMany(section => section).Any(line => line.Key == "cmdstat_unsubscribe");

    /// <summary>Waits until the node has tried so many times more to reach a server that does not take it in.</summary>
    private static async Task AttemptsAsync(RedisUnderTest redis, int count)
    {
        using var closedDoor = new TcpListener(IPEndPoint.Parse(redis.Configuration));
        closedDoor.Start();
        using var deadline = new CancellationTokenSource(Deadline.Length);
        for (var i = 0; i < count; i++)
        {
            (await closedDoor.AcceptTcpClientAsync(deadline.Token)).Dispose();
        }
    }

    private static Task<HttpResponseMessage> GetReadyAsync(TestNode node) =>
        node.Http.GetAsync(new Uri(node.Address, "/readyz"), TestContext.Current.CancellationToken);

    private static Task<string> BodyAsync(HttpResponseMessage answer) =>
        answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}
