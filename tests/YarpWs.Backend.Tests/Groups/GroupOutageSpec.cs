using System.Globalization;
using StackExchange.Redis;
using Xunit;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Groups;

/// <summary>What becomes of groups while Redis is away, and when it is back. Each test has a server of its own.</summary>
public abstract class GroupOutageSpec
{
    private protected static readonly (string, string)[] Impatient =
    [
        ("Redis:CommandTimeout", "00:00:02"), ("Redis:ProbeTimeout", "00:00:02"), ("Redis:ProbeInterval", "00:00:00.1"),
        ("Groups:AuditInterval", "00:00:00.5"),
    ];

    private protected static readonly TimeSpan Patience = Deadline.Length;

    private protected static GroupKey Blue => TestNode.Group("blue");

    protected abstract RedisUnderTest NewRedis();

    [Fact]
    public async Task Join_WhenRedisIsAway_Fails_AndLeavesNothingBehind()
    {
        await using var redis = NewRedis();
        await redis.StartAsync();
        await using var node = await StartAsync(redis);
        await redis.KillAsync();

        var failure = await Record.ExceptionAsync(() => node.Groups.JoinAsync(Blue, node.Member()));
        Assert.True(failure is RedisException or TimeoutException, $"{failure}");
        Assert.Empty(node.Groups.Groups);

        await redis.StartAsync();
        await ReturnAsync(node);
        await using var ann = await node.JoinAsync(Blue);
        await node.PublishAsync(Blue, "hello", Patience);
        await ann.Client.ExpectAsync("hello");
    }

    [Fact]
    public async Task LastLeave_WhenRedisIsAway_DoesNotFail_AndTheNextJoinHears()
    {
        await using var redis = NewRedis();
        await redis.StartAsync();
        await using var node = await StartAsync(redis);
        await using var ann = await node.JoinAsync(Blue);
        await redis.KillAsync();

        await node.LeaveAsync(Blue, ann);
        Assert.Empty(node.Groups.Groups);

        await redis.StartAsync();
        await ReturnAsync(node);
        await using var ben = await node.JoinAsync(Blue);
        await node.PublishAsync(Blue, "hello", Patience);
        await ben.Client.ExpectAsync("hello");
    }

    [Fact]
    public async Task Members_StayAndHearAgain_AfterRedisStartedAnew_Empty()
    {
        await using var redis = NewRedis();
        await redis.StartAsync();
        await using var a = await StartAsync(redis);
        await using var b = await StartAsync(redis);
        await using var ann = await a.JoinAsync(Blue);
        await a.PublishAsync(Blue, "before");

        await redis.KillAsync();
        await a.Logs.WaitForAsync(eventId: 2200);
        await redis.StartAsync();
        await b.PublishAsync(Blue, "after", Patience);
        await a.PublishAsync(Blue, "and on", Patience);

        await ann.Client.ExpectAsync("before", "after", "and on");
    }

    [Fact]
    public async Task Members_StayAndHear_AfterAllKeysAreGone()
    {
        await using var redis = NewRedis();
        await redis.StartAsync();
        await using var node = await StartAsync(redis);
        await using var ann = await node.JoinAsync(Blue);
        await node.PublishAsync(Blue, "1");
        await node.PublishAsync(Blue, "2");

        await node.Redis.Database.ExecuteAsync("FLUSHALL");
        await node.PublishAsync(Blue, "3");
        await node.PublishAsync(Blue, "4");

        await ann.Client.ExpectAsync("1", "2", "3", "4");
    }

    [Fact]
    public async Task Publish_WhileRedisIsAway_WaitsForItsReturn_AndArrivesOnce()
    {
        await using var redis = NewRedis();
        await redis.StartAsync();
        await using var node = await StartAsync(redis);
        await using var ann = await node.JoinAsync(Blue);
        await redis.KillAsync();

        var publishing = node.PublishAsync(Blue, "patient", Patience);
        await node.Logs.WaitForAsync(eventId: 2200);
        await redis.StartAsync();
        await publishing;
        await node.PublishAsync(Blue, "next", Patience);

        await ann.Client.ExpectAsync("patient", "next");
    }

    private protected static Task<TestNode> StartAsync(RedisUnderTest redis) => TestNode.StartAsync(redis, "t", Impatient);

    /// <summary>Waits until the node has seen Redis come back, once it saw it go.</summary>
    private protected static async Task ReturnAsync(TestNode node)
    {
        await node.Logs.WaitForAsync(eventId: 2200);
        await node.WaitForRedisAsync();
    }
}

public sealed class GroupOutageOnGarnet : GroupOutageSpec
{
    protected override RedisUnderTest NewRedis() => new EmbeddedGarnet();
}

public sealed class GroupOutageOnRedis : GroupOutageSpec
{
    protected override RedisUnderTest NewRedis() => new RedisServer();

    [Fact]
    public async Task Members_StayAndHearAgain_AfterRedisHung()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await StartAsync(redis);
        await using var ann = await node.JoinAsync(Blue);

        await redis.HangAsync();
        await node.Logs.WaitForAsync(eventId: 2200);
        var publishing = node.PublishAsync(Blue, "after", Patience);
        await redis.ResumeAsync();
        await publishing;

        await ann.Client.ExpectAsync("after");
    }

    [Fact]
    public async Task Join_ThatFailedWhileRedisHung_LeavesNoSubscriptionBehind()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await StartAsync(redis);

        await redis.HangAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => node.JoinAsync(Blue));
        await redis.ResumeAsync();
        await node.WaitForRedisAsync();
        await using var ann = await node.JoinAsync(Blue);
        Assert.Equal(1, await node.Redis.CountSubscriptionsAsync(node.Names.Channel(Blue)));

        await node.LeaveAsync(Blue, ann);
        Assert.Equal(0, await node.Redis.CountSubscriptionsAsync(node.Names.Channel(Blue)));
    }

    [Fact]
    public async Task GroupThatIsLeft_InTheMomentOfItsReturn_LeavesNoSubscriptionBehind()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await StartAsync(redis);
        await using var hand = await ConnectionMultiplexer.ConnectAsync($"{redis.Configuration},allowAdmin=true");
        for (var i = 0; i < 30; i++)
        {
            while (!node.Redis.Subscriber.IsConnected())
            {
                await Eventually.AgainAsync(Deadline.Token());
            }

            await using var ann = await node.JoinAsync(Blue);
            var isBack = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var changes = 0;
            void Note()
            {
                // Lost, and restored.
                if (Interlocked.Increment(ref changes) == 2)
                {
                    isBack.TrySetResult();
                }
            }

            node.Redis.Changed += Note;
            await hand.GetServer(redis.Configuration).ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
            await isBack.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
            node.Redis.Changed -= Note;

            await node.LeaveAsync(Blue, ann);
            Assert.Equal(0, await node.Redis.CountSubscriptionsAsync(node.Names.Channel(Blue)));
        }
    }

    [Fact]
    public async Task Publish_ThatRedisRefusedHalfWay_IsLoggedOnce()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await StartAsync(redis);
        await using var ann = await node.JoinAsync(Blue);
        await node.PublishAsync(Blue, "before");

        // The script may write the entry, but not publish it, and the probe has not noticed yet.
        await node.Redis.Database.ExecuteAsync("ACL", "SETUSER", "default", "resetchannels", "&t:{chat}:probe:*");
        var publishing = node.PublishAsync(Blue, "once", Patience);
        while (await node.Redis.Database.SortedSetLengthAsync(node.Names.Log(Blue)) < 2)
        {
            Assert.False(publishing.IsCompleted);
            await Eventually.AgainAsync(Deadline.Token());
        }

        await node.Redis.Database.ExecuteAsync("ACL", "SETUSER", "default", "allchannels");
        await publishing;
        await node.PublishAsync(Blue, "after", Patience);

        await ann.Client.ExpectAsync("before", "once", "after");
        Assert.Equal(3, await node.Redis.Database.SortedSetLengthAsync(node.Names.Log(Blue)));
    }

    [Fact]
    public async Task AuditThatFails_AgainAndAgain_IsToldOnce_UntilTheNextIsDue()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(
            redis, "t", [.. Impatient, ("Groups:AuditInterval", "00:05:00"), ("Logging:LogLevel:YarpWs.Backend.Groups.GroupAudit", "Debug")]);
        await using var ann = await node.JoinAsync(Blue);
        await using var hand = await ConnectionMultiplexer.ConnectAsync($"{redis.Configuration},allowAdmin=true");
        var server = hand.GetServer(redis.Configuration);

        // Redis returns, and may not be asked about any group.
        await server.ExecuteAsync("ACL", "SETUSER", "default", "resetkeys", "~t:{chat}:probe:*");
        await server.ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        await node.Logs.WaitForAsync(eventId: 2106);
        var refusedAtFirst = await RefusedAsync();
        while (await RefusedAsync() < refusedAtFirst + 10)
        {
            await Eventually.AgainAsync(Deadline.Token());
        }

        // A fifth of a second lies between two tries, and five seconds lie between two audits.
        Assert.InRange(node.Logs.Lines.Count(line => line.Event.Id == 2106), 1, 4);
        await server.ExecuteAsync("ACL", "SETUSER", "default", "allkeys");
        await node.PublishAsync(Blue, "after", Patience);
        await ann.Client.ExpectAsync("after");

        async Task<long> RefusedAsync() => long.Parse(
            (await server.InfoAsync("errorstats")).SelectMany(section => section).FirstOrDefault(stat => stat.Key == "errorstat_NOPERM").Value?.Split('=')[1] ?? "0", CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task MessageTaken_ByARedisThatWritesEach_ReachesMembers_AfterItsRestart()
    {
        await using var redis = new RedisServer("--appendonly", "yes", "--appendfsync", "always");
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t", [.. Impatient, ("Groups:AuditInterval", "00:05:00")]);
        await using var ann = await node.JoinAsync(Blue);
        await node.PublishAsync(Blue, "heard");
        await ann.Client.ExpectAsync("heard");
        await node.Redis.Subscriber.UnsubscribeAllAsync();
        await node.PublishAsync(Blue, "taken, and handed to nobody", Patience);

        await redis.KillAsync();
        await node.Logs.WaitForAsync(eventId: 2200);
        await redis.StartAsync();
        await node.PublishAsync(Blue, "after", Patience);

        await ann.Client.ExpectAsync("taken, and handed to nobody", "after");
    }

    [Fact]
    public async Task Members_StayAndGetAll_WhenRedisReturnsFromAnOlderSnapshot_AndMoreIsPublishedThanItForgot()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var a = await StartAsync(redis);
        await using var b = await StartAsync(redis);
        await using var ann = await a.JoinAsync(Blue);
        await using var ben = await b.JoinAsync(Blue);
        var kept = await PublishManyAsync(b, "kept", 10);
        await b.Redis.Database.ExecuteAsync("SAVE");
        var forgotten = await PublishManyAsync(b, "forgotten", 20);
        await ann.Client.ExpectAsync([.. kept, .. forgotten]);
        await ben.Client.ExpectAsync([.. kept, .. forgotten]);

        await redis.KillAsync();
        await a.Logs.WaitForAsync(eventId: 2200);
        await redis.StartAsync();
        var after = await PublishManyAsync(b, "after", 60);

        await ann.Client.ExpectAsync(after);
        await ben.Client.ExpectAsync(after);
        Assert.DoesNotContain(a.Logs.Lines.Concat(b.Logs.Lines), line => line.Event.Id == 2101);
    }

    [Fact]
    public async Task Members_MissNothing_WhileTheirNodeLosesItsConnections()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var a = await StartAsync(redis);
        await using var b = await StartAsync(redis);
        await using var ann = await a.JoinAsync(Blue);

        var texts = Enumerable.Range(0, 300).Select(i => $"{i}").ToArray();
        foreach (var text in texts)
        {
            if (text.EndsWith("50", StringComparison.Ordinal))
            {
                await b.Redis.Database.ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
            }

            await b.PublishAsync(Blue, text, Patience);
        }

        await ann.Client.ExpectAsync(texts);
    }

    [Fact]
    public async Task Members_HearAgain_AfterRedisForbadeChannels()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await StartAsync(redis);
        await using var ann = await node.JoinAsync(Blue);

        // Answers every command, but carries nothing: the server cuts subscribers and refuses new subscriptions.
        await node.Redis.Database.ExecuteAsync("ACL", "SETUSER", "default", "resetchannels");
        await node.Logs.WaitForAsync(eventId: 2200);
        await node.Redis.Database.ExecuteAsync("ACL", "SETUSER", "default", "allchannels");
        await node.WaitForRedisAsync();
        await node.PublishAsync(Blue, "heard", Patience);

        await ann.Client.ExpectAsync("heard");
    }

    [Fact]
    public async Task Group_WhoseSubscriptionCouldNotBeRenewed_HearsAgain_WithoutWaitingForTheNextAudit()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t", [.. Impatient, ("Groups:AuditInterval", "00:05:00"), ("Logging:LogLevel:YarpWs", "Debug")]);
        await using var ann = await node.JoinAsync(Blue);

        // The probe is heard all the while, so nothing more tells that the group's channel is free again.
        await node.Redis.Database.ExecuteAsync("ACL", "SETUSER", "default", "resetchannels", "&t:{chat}:probe:*");
        await node.Logs.WaitForAsync(line => line.Text.Contains("NOPERM", StringComparison.Ordinal), "a subscription that was refused");
        await using var operatorsHand = await ConnectionMultiplexer.ConnectAsync(redis.Configuration + ",allowAdmin=true");
        var server = operatorsHand.GetServer(redis.Configuration);
        await server.ConfigResetStatisticsAsync();
        CommandCounts counts;
        do
        {
            await Eventually.AgainAsync(Deadline.Token());
            counts = await CountAsync(server);
        }
        while (counts.RefusedSubscriptions < 5);

        // It is tried as often as every second probe, not with the next look at all groups.
        Assert.InRange(counts.Probes, 0, 50);
        await node.Redis.Database.ExecuteAsync("ACL", "SETUSER", "default", "allchannels");
        await node.PublishAsync(Blue, "heard", Patience);

        await ann.Client.ExpectAsync("heard");
    }

    [Fact]
    public async Task Group_WhoseAuditSucceeded_IsNotAskedAboutAgain_BeforeItsTime()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t", [.. Impatient, ("Groups:AuditInterval", "00:05:00")]);
        await using var ann = await node.JoinAsync(Blue);
        await using var operatorsHand = await ConnectionMultiplexer.ConnectAsync(redis.Configuration + ",allowAdmin=true");
        var server = operatorsHand.GetServer(redis.Configuration);

        var returned = new TaskCompletionSource();
        node.Health.Returned += () => returned.TrySetResult();
        await server.ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        await returned.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await server.ConfigResetStatisticsAsync();
        CommandCounts counts;
        do
        {
            await Eventually.AgainAsync(Deadline.Token());
            counts = await CountAsync(server);
        }
        while (counts.Probes < 20);

        // The one that its return was due, and the look that follows it.
        Assert.InRange(counts.Audits, 0, 2);
    }

    /// <summary>What a server was asked for since its statistics began anew. An audit wants two fields at once, and nothing else does but a probe, which takes out of a sorted set as well.</summary>
    private static async Task<CommandCounts> CountAsync(IServer server)
    {
        var stats = (await server.InfoAsync("commandstats")).SelectMany(section => section).ToDictionary(
            line => line.Key, line => line.Value.Split(',').Select(field => field.Split('=')).ToDictionary(field => field[0], field => field[1]));
        var probes = Count("zpopmin", "calls");
        return new CommandCounts(probes, Count("hmget", "calls") - probes, Count("subscribe", "rejected_calls"));

        long Count(string command, string field) =>
            stats.TryGetValue($"cmdstat_{command}", out var counts) ? long.Parse(counts[field], CultureInfo.InvariantCulture) : 0;
    }

    private sealed record CommandCounts(long Probes, long Audits, long RefusedSubscriptions);

    private static async Task<string[]> PublishManyAsync(TestNode node, string what, int count)
    {
        var texts = Enumerable.Range(0, count).Select(i => $"{what} {i}").ToArray();
        foreach (var text in texts)
        {
            await node.PublishAsync(Blue, text, Patience);
        }

        return texts;
    }
}
