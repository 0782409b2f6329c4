using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Streams;
using YarpWs.Backend.Telemetry;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Streams;

/// <summary>What <see cref="GroupStreams"/> guarantees, sentence by sentence, whatever server is behind it.</summary>
public abstract class StreamsSpec
{
    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");

    protected abstract Task<RedisUnderTest> RedisAsync();

    [Fact]
    public async Task Publish_GivesRisingPositions_AndLogsInTheirOrder()
    {
        await using var node = await StartAsync();
        var group = Group("blue");

        var positions = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            positions.Add(await PublishAsync(node, group, $"m{i}"));
        }

        var entries = await ReadSinceAsync(node, group, 0);
        Assert.Equal(positions.Order(), positions);
        Assert.Equal(positions, entries.Select(entry => entry.Position));
        Assert.Equal(["m0", "m1", "m2", "m3", "m4"], entries.Select(Text));
        Assert.Equal([0, .. positions[..^1]], entries.Select(entry => entry.Previous));
        Assert.Equal(positions[^1], (await node.Streams.HeadAsync(group)).Position);
        Assert.Single(entries.Select(entry => entry.Epoch).Distinct());
    }

    [Fact]
    public async Task Entering_TellsWhatTheClockOfRedisShows()
    {
        await using var node = await StartAsync();
        var clock = node.Streams.Clock(Group("blue").Hub);
        Assert.Equal(0, clock.ClockAt(1));

        await node.Streams.EnterAsync(Group("blue"));

        Assert.NotEqual(0, clock.ClockAt(1));
    }

    [Fact]
    public async Task Redis_IsToldNothingMore_OnceTheNodeStops()
    {
        await using var node = await StartAsync();
        await PublishAsync(node, Group("blue"), "1");

        await Assert.ThrowsAsync<OperationCanceledException>(() => node.Streams.RememberPublishedAsync(new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Publish_Succeeds_WhenRedisHasForgottenItsScripts()
    {
        await using var node = await StartAsync();
        var first = await PublishAsync(node, Group("blue"), "1");

        await node.Redis.Database.ExecuteAsync("SCRIPT", "FLUSH");

        Assert.True(await PublishAsync(node, Group("blue"), "2") > first);
    }

    [Fact]
    public async Task Positions_AreOfTheHub_AndPreviousOfTheGroup()
    {
        await using var node = await StartAsync();

        var first = await PublishAsync(node, Group("blue"), "1");
        var other = await PublishAsync(node, Group("red"), "2");
        var second = await PublishAsync(node, Group("blue"), "3");

        Assert.True(first < other && other < second, $"{first}, {other}, {second} must rise.");
        var entries = await ReadSinceAsync(node, Group("blue"), first);
        Assert.Equal((second, first), (entries.Single().Position, entries.Single().Previous));
    }

    [Fact]
    public async Task Publishers_OnSeveralNodes_AreHeardInTheOrderOfPositions()
    {
        const int Each = 500;
        await using var a = await StartAsync();
        await using var b = await StartAsync();
        var group = Group("blue");
        var heard = new List<LogEntry>();
        var all = new TaskCompletionSource();
        var subscription = await a.Redis.Subscriber.SubscribeAsync(a.Names.Channel(group));
        subscription.OnMessage(message =>
        {
            Assert.True(LogEntry.TryParse(message.Message, out var entry));
            heard.Add(entry);
            if (heard.Count == 4 * Each)
            {
                all.SetResult();
            }
        });

        await Task.WhenAll(new[] { a, b, a, b }.Select(node => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                await PublishAsync(node, group, "x");
            }
        })));

        await all.Task.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
        var positions = heard.ConvertAll(entry => entry.Position);
        Assert.Equal(positions.Order(), positions);
        Assert.Equal([0, .. positions[..^1]], heard.Select(entry => entry.Previous));
    }

    [Fact]
    public async Task Positions_StillRise_InALaterEpoch_AfterRedisLostItsData()
    {
        await using var node = await StartAsync();
        var before = await PublishAsync(node, Group("blue"), "1");
        var old = (await ReadSinceAsync(node, Group("blue"), 0)).Single();

        await DeleteAllAsync(node, Group("blue"));
        var after = await PublishAsync(node, Group("blue"), "2");

        var entry = (await ReadSinceAsync(node, Group("blue"), 0)).Single();
        Assert.True(after > before, $"{after} must be above {before}");
        Assert.True(entry.Epoch > old.Epoch, $"{entry.Epoch} must be above {old.Epoch}");
        Assert.Equal(before, entry.Previous);
    }

    [Fact]
    public async Task LaterEpoch_IsTold_AndTheFirstIsNot()
    {
        await using var node = await StartAsync();
        await PublishAsync(node, Group("blue"), "1");
        Assert.DoesNotContain(node.Logs.Lines, line => line.Event.Id == 2110);

        await DeleteAllAsync(node, Group("blue"));
        await PublishAsync(node, Group("blue"), "2");
        await PublishAsync(node, Group("blue"), "3");

        Assert.Single(node.Logs.Lines, line => line.Event.Id == 2110);
    }

    /// <summary>A node that has members and does not publish knows by it what Redis may have forgotten.</summary>
    [Fact]
    public async Task Entrance_IsAPositionThatWasSeen()
    {
        await using var node = await StartAsync();
        await using var other = await StartAsync();
        await PublishAsync(other, Group("blue"), "1");
        Assert.Equal(default, node.Streams.Clock(Group("blue").Hub).Newest);

        var entrance = await node.Streams.EnterAsync(Group("blue"));

        Assert.Equal(new HubPosition(entrance.Epoch, entrance.Position), node.Streams.Clock(Group("blue").Hub).Newest);
    }

    [Fact]
    public async Task Positions_AreNotGivenAgain_ByARedisThatForgotThem_ToAPublisherThatKnowsNothing()
    {
        await using var node = await StartAsync();
        var first = await PublishAsync(node, Group("blue"), "1");
        var forgotten = await PublishAsync(node, Group("blue"), "2");

        await node.ForgetAsync(Group("blue"), after: first);
        await using var stranger = await StartAsync();
        var next = await PublishAsync(stranger, Group("blue"), "3");

        Assert.True(next > forgotten, $"{next} must be above {forgotten}");
    }

    [Fact]
    public async Task Positions_AreNotGivenAgain_WhenTheClockOfRedisIsBehindThem()
    {
        await using var node = await StartAsync();
        var ahead = await PutClockAheadAsync(node, Group("blue").Hub);

        var first = await PublishAsync(node, Group("blue"), "1");
        await DeleteAllAsync(node, Group("blue"));
        var second = await PublishAsync(node, Group("blue"), "2");

        Assert.True(ahead < first && first < second, $"{ahead}, {first}, {second} must rise.");
    }

    [Fact]
    public async Task Positions_DoNotDependOnTheClocksOfNodes()
    {
        await using var node = await StartAsync();
        var late = new GroupStreams(
            node.Redis,
            node.Names,
            node.Health,
            Options.Create(new StreamOptions()),
            Options.Create(new RedisOptions()),
            new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(-1)),
            node.Get<BackendMetrics>(),
            NullLogger<GroupStreams>.Instance);
        var before = await PublishAsync(node, Group("blue"), "1");

        await DeleteAllAsync(node, Group("blue"));
        var after = await late.TryPublishAsync(
            Group("blue"), node.Identity.Message(DataType.Text, "2"u8.ToArray()), TimeSpan.Zero, TestContext.Current.CancellationToken);

        Assert.True(after > before, $"{after} must be above {before}");
    }

    [Fact]
    public async Task Entry_NamesTheOneBeforeIt_AlsoWhenOnlyThePublisherRemembersThat()
    {
        await using var node = await StartAsync();
        var first = await PublishAsync(node, Group("blue"), "1");
        var forgotten = await PublishAsync(node, Group("blue"), "2");

        await node.ForgetAsync(Group("blue"), after: first);
        await PublishAsync(node, Group("blue"), "3");

        Assert.Equal(forgotten, (await ReadSinceAsync(node, Group("blue"), first)).Single().Previous);
    }

    [Fact]
    public async Task Entrance_LiesBetweenWhatWasPublishedBeforeAndAfter()
    {
        await using var node = await StartAsync();
        var before = await PublishAsync(node, Group("blue"), "1");

        var entrance = await node.Streams.EnterAsync(Group("blue"));
        var after = await PublishAsync(node, Group("blue"), "2");

        Assert.True(before < entrance.Position && entrance.Position < after, $"{before}, {entrance.Position}, {after} must rise.");
        Assert.Equal(before, entrance.Head);
    }

    [Fact]
    public async Task Retry_AfterTwoLostAnswers_WithAnotherMessageBetween_IsLoggedOnce()
    {
        await using var node = await StartAsync();
        var before = await PublishAsync(node, Group("blue"), "before");
        var message = node.Identity.Message(DataType.Text, "once"u8.ToArray()).ToBytes();

        var first = await node.RunPublishScriptAsync(Group("blue"), message);
        await PublishAsync(node, Group("blue"), "another");
        var second = await node.RunPublishScriptAsync(Group("blue"), message, before: $"{before}");
        var third = await node.RunPublishScriptAsync(Group("blue"), message, before: $"{before}");

        Assert.Equal([first, first], [second, third]);
        Assert.Equal(["before", "once", "another"], (await ReadSinceAsync(node, Group("blue"), 0)).Select(Text));
    }

    [Fact]
    public async Task SameText_SentTwice_TheSecondTriedAgain_IsLoggedTwice()
    {
        await using var node = await StartAsync();
        var before = await PublishAsync(node, Group("blue"), "again");

        await node.RunPublishScriptAsync(Group("blue"), node.Identity.Message(DataType.Text, "again"u8.ToArray()).ToBytes(), before: $"{before - 1}");

        Assert.Equal(["again", "again"], (await ReadSinceAsync(node, Group("blue"), 0)).Select(Text));
    }

    [Fact]
    public async Task Log_AtItsByteBound_KeepsAsManyAsFit_AfterManyMore()
    {
        const int MaxBytes = 2_000;
        await using var node = await StartAsync(("Streams:MaxBytes", $"{MaxBytes}"));
        for (var i = 0; i < 100; i++)
        {
            await PublishAsync(node, Group("blue"), new string('x', 50 + (i % 7)));
        }

        var kept = await node.Redis.Database.SortedSetRangeByScoreAsync(node.Names.Log(Group("blue")));
        var bytes = kept.Sum(entry => entry.Length());
        Assert.InRange(bytes, MaxBytes - kept.Max(entry => entry.Length()) - 7, MaxBytes);
    }

    [Fact]
    public async Task Head_AndHub_LiveTwiceAsLongAsALogOfMoreThanADay()
    {
        await using var node = await StartAsync(("Streams:Retention", "2.00:00:00"));
        await PublishAsync(node, Group("blue"), "1");

        foreach (var key in new[] { node.Names.Head(Group("blue")), node.Names.Hub(Group("blue").Hub) })
        {
            var left = await node.Redis.Database.KeyTimeToLiveAsync(key);
            Assert.InRange(left!.Value, TimeSpan.FromDays(4) - TimeSpan.FromMinutes(1), TimeSpan.FromDays(4));
        }
    }

    [Fact]
    public async Task Page_HoldsAsManyAsFit_AndAtLeastOne()
    {
        await using var node = await StartAsync();
        var group = Group("blue");
        foreach (var length in new[] { 1_000, 1_000, 5_000, 10 })
        {
            await PublishAsync(node, group, new string('x', length));
        }

        var first = await node.Streams.ReadSinceAsync(group, 0, 100, 3_000);
        var second = await node.Streams.ReadSinceAsync(group, first.Entries[^1].Position, 100, 3_000);
        var third = await node.Streams.ReadSinceAsync(group, second.Entries[^1].Position, 100, 3_000);
        var byNumber = await node.Streams.ReadSinceAsync(group, 0, 3, 1_000_000);

        Assert.Equal([2, 1, 1, 3], new[] { first, second, third, byNumber }.Select(page => page.Entries.Count));
        Assert.All(new[] { first, second, third }, page => Assert.Equal(third.Entries[^1].Position, page.Head));
    }

    [Fact]
    public async Task Log_KeepsTheNewest_BoundedInNumber()
    {
        await using var node = await StartAsync(("Streams:MaxMessages", "3"));
        for (var i = 0; i < 10; i++)
        {
            await PublishAsync(node, Group("blue"), $"m{i}");
        }

        Assert.Equal(["m7", "m8", "m9"], (await ReadSinceAsync(node, Group("blue"), 0)).Select(Text));
    }

    [Fact]
    public async Task Log_KeepsTheNewest_BoundedInBytes_AndTheNewestWhateverItsSize()
    {
        await using var node = await StartAsync(("Streams:MaxBytes", "1024"));
        await PublishAsync(node, Group("blue"), new string('a', 600));
        await PublishAsync(node, Group("blue"), new string('b', 600));
        Assert.Equal("b", Text((await ReadSinceAsync(node, Group("blue"), 0)).Single())[..1]);

        await PublishAsync(node, Group("blue"), new string('c', 5000));
        Assert.Equal("c", Text((await ReadSinceAsync(node, Group("blue"), 0)).Single())[..1]);
    }

    [Fact]
    public async Task Log_ExpiresAfterItsRetention_AndItsHeadLater()
    {
        await using var node = await StartAsync(("Streams:Retention", "00:01:00"));
        await PublishAsync(node, Group("blue"), "1");

        var log = await node.Redis.Database.KeyTimeToLiveAsync(node.Names.Log(Group("blue")));
        var head = await node.Redis.Database.KeyTimeToLiveAsync(node.Names.Head(Group("blue")));

        Assert.InRange(log!.Value, TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1));
        Assert.True(head > TimeSpan.FromHours(1), $"The head must outlive the log, but has only {head}.");
    }

    [Fact]
    public async Task Message_OfAnyBytes_ComesBackAsItWas()
    {
        await using var node = await StartAsync();
        var bytes = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();

        await node.Streams.TryPublishAsync(Group("blue"), node.Identity.Message(DataType.Binary, bytes, "änn 😀"), TimeSpan.Zero, TestContext.Current.CancellationToken);

        var message = (await ReadSinceAsync(node, Group("blue"), 0)).Single().Message;
        Assert.Equal(bytes, message.Data.ToArray());
        Assert.Equal((DataType.Binary, "änn 😀", node.Identity.Name), (message.DataType, message.FromUserId, message.Node));
    }

    private protected static async Task<IReadOnlyList<LogEntry>> ReadSinceAsync(TestNode node, GroupKey group, long position) =>
        (await node.Streams.ReadSinceAsync(group, position, 1_000, 1 << 30)).Entries;

    private static Task<long> DeleteAllAsync(TestNode node, GroupKey group) =>
        node.Redis.Database.KeyDeleteAsync([node.Names.Hub(group.Hub), node.Names.Log(group), node.Names.Head(group)]);

    /// <summary>Lets a hub have positions an hour ahead of Redis's clock, as it has after that was set back.</summary>
    private static async Task<long> PutClockAheadAsync(TestNode node, HubName hub)
    {
        var ahead = (DateTimeOffset.UtcNow.AddHours(1) - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        await node.Redis.Database.StringSetAsync(node.Names.Hub(hub), $"{ahead} {ahead}");
        return ahead;
    }

    private protected static string Text(LogEntry entry) => Encoding.UTF8.GetString(entry.Message.Data.Span);

    private protected static GroupKey Group(string name)
    {
        Assert.True(HubName.TryParse("chat", out var hub));
        Assert.True(GroupKey.TryCreate(hub, name, out var group));
        return group;
    }

    private protected async Task<TestNode> StartAsync(params (string Key, string Value)[] settings) =>
        await TestNode.StartAsync(await RedisAsync(), _prefix, settings);

    private protected static async Task<long> PublishAsync(TestNode node, GroupKey group, string text, TimeSpan patience = default)
    {
        var message = node.Identity.Message(DataType.Text, Encoding.UTF8.GetBytes(text));
        var position = await node.Streams.TryPublishAsync(group, message, patience, TestContext.Current.CancellationToken);
        Assert.NotNull(position);
        return position.Value;
    }
}

public sealed class StreamsOnGarnet(SharedGarnet garnet) : StreamsSpec, IClassFixture<SharedGarnet>
{
    protected override Task<RedisUnderTest> RedisAsync() => Task.FromResult<RedisUnderTest>(garnet.Server);
}

public sealed class StreamsOnRedis(SharedRedisServer redis) : StreamsSpec, IClassFixture<SharedRedisServer>
{
    protected override async Task<RedisUnderTest> RedisAsync() => await redis.StartAsync();

    [Fact]
    public async Task Publish_WhoseAnswerWasLost_IsTriedAgain_AndLoggedOnce()
    {
        await using var server = new RedisServer();
        await server.StartAsync();
        await using var node = await TestNode.StartAsync(
            server, "t", ("Redis:CommandTimeout", "00:00:02"), ("Redis:ProbeTimeout", "00:00:02"), ("Redis:ProbeInterval", "00:00:00.1"));

        await server.HangAsync();
        var publishing = PublishAsync(node, Group("blue"), "once", patience: Deadline.Length);
        await node.Logs.WaitForAsync(eventId: 2200);
        await server.ResumeAsync();
        await publishing;

        Assert.Equal("once", Text((await ReadSinceAsync(node, Group("blue"), 0)).Single()));
    }

    [Fact]
    public async Task Publish_ThatWaitsInAServerThatStandsStill_IsNotTakenOnceItGoesOn()
    {
        await using var server = new RedisServer();
        await server.StartAsync();
        await using var node = await TestNode.StartAsync(
            server, "t", ("Redis:CommandTimeout", "00:00:01"), ("Redis:ProbeTimeout", "00:00:01"), ("Redis:ProbeInterval", "00:00:00.1"));
        var before = await PublishAsync(node, Group("blue"), "before");

        await server.HangAsync();
        var late = node.Identity.Message(DataType.Text, "late"u8.ToArray());
        Assert.Null(await node.Streams.TryPublishAsync(Group("blue"), late, TimeSpan.Zero, TestContext.Current.CancellationToken));
        Assert.Equal(1, FailuresOf(node));
        await server.ResumeAsync();
        await PublishAsync(node, Group("blue"), "after", patience: Deadline.Length);

        Assert.Equal("after", Text((await ReadSinceAsync(node, Group("blue"), before)).Single()));
    }

    [Fact]
    public async Task Publish_ThatRedisRefuses_IsTriedAFewTimesASecond()
    {
        await using var server = new RedisServer();
        await server.StartAsync();
        await using var node = await TestNode.StartAsync(server, "t", ("Logging:LogLevel:YarpWs.Backend", "Debug"));

        // The probe may pass, and no message.
        await node.Redis.Database.ExecuteAsync("ACL", "SETUSER", "default", "resetkeys", "~t:{chat}:probe:*");
        Assert.Null(await node.Streams.TryPublishAsync(Group("blue"), node.Identity.Message(DataType.Text, "x"u8.ToArray()), TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken));

        Assert.InRange(node.Logs.Lines.Count(line => line.Event.Id == 2100), 2, 30);
    }

    /// <summary>The metric of messages that Redis did not take in time.</summary>
    private static long FailuresOf(TestNode node)
    {
        var failures = 0L;
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "yarpws.backend.publish.failures" && instrument.Meter.Scope == node.Get<IMeterFactory>())
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((_, count, _, _) => failures += count);
        meters.Start();
        meters.RecordObservableInstruments();
        return failures;
    }

    [Fact]
    public async Task Publish_IsTaken_WhenTheClockOfRedisIsNotWhatThisNodeTakesItFor()
    {
        await using var node = await StartAsync();
        await PublishAsync(node, Group("blue"), "1");
        var clock = node.Streams.Clock(Group("blue").Hub);

        clock.ShowedClock(1, after: 0, isCorrection: true);
        await PublishAsync(node, Group("blue"), "2");
        clock.ShowedClock(1L << 52, after: 0, isCorrection: true);
        await PublishAsync(node, Group("blue"), "3");

        Assert.Equal(["1", "2", "3"], (await ReadSinceAsync(node, Group("blue"), 0)).Select(Text));
    }
}
