using System.Text;
using Xunit;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Streams;
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

        var entries = await node.Streams.ReadSinceAsync(group, 0, 100);
        Assert.Equal(positions.Order(), positions);
        Assert.Equal(positions, entries.Select(entry => entry.Position));
        Assert.Equal(["m0", "m1", "m2", "m3", "m4"], entries.Select(Text));
        Assert.Equal([0, .. positions[..^1]], entries.Select(entry => entry.Previous));
        Assert.Equal(positions[^1], await node.Streams.HeadAsync(group));
    }

    [Fact]
    public async Task Publish_Succeeds_WhenRedisHasForgottenItsScripts()
    {
        await using var node = await StartAsync();
        var first = await PublishAsync(node, Group("blue"), "1");

        await node.Redis.Database.ExecuteAsync("SCRIPT", "FLUSH");

        Assert.Equal(first + 1, await PublishAsync(node, Group("blue"), "2"));
    }

    [Fact]
    public async Task Positions_AreOfTheHub_AndPreviousOfTheGroup()
    {
        await using var node = await StartAsync();

        var first = await PublishAsync(node, Group("blue"), "1");
        var other = await PublishAsync(node, Group("red"), "2");
        var second = await PublishAsync(node, Group("blue"), "3");

        Assert.Equal([first + 1, first + 2], [other, second]);
        var entries = await node.Streams.ReadSinceAsync(Group("blue"), first, 100);
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

        await all.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        var positions = heard.ConvertAll(entry => entry.Position);
        Assert.Equal(positions.Order(), positions);
        Assert.Equal([0, .. positions[..^1]], heard.Select(entry => entry.Previous));
    }

    [Fact]
    public async Task Positions_StillRise_AfterRedisLostItsData()
    {
        await using var node = await StartAsync();
        var before = await PublishAsync(node, Group("blue"), "1");

        await node.Redis.Database.KeyDeleteAsync([node.Names.Position(Group("blue").Hub), node.Names.Log(Group("blue")), node.Names.Head(Group("blue"))]);
        var after = await PublishAsync(node, Group("blue"), "2");

        Assert.True(after > before, $"{after} must be above {before}");
        Assert.Equal(0, (await node.Streams.ReadSinceAsync(Group("blue"), 0, 10)).Single().Previous);
    }

    [Fact]
    public async Task Log_KeepsTheNewest_BoundedInNumber()
    {
        await using var node = await StartAsync(("Streams:MaxMessages", "3"));
        for (var i = 0; i < 10; i++)
        {
            await PublishAsync(node, Group("blue"), $"m{i}");
        }

        Assert.Equal(["m7", "m8", "m9"], (await node.Streams.ReadSinceAsync(Group("blue"), 0, 100)).Select(Text));
    }

    [Fact]
    public async Task Log_KeepsTheNewest_BoundedInBytes_AndTheNewestWhateverItsSize()
    {
        await using var node = await StartAsync(("Streams:MaxBytes", "1024"));
        await PublishAsync(node, Group("blue"), new string('a', 600));
        await PublishAsync(node, Group("blue"), new string('b', 600));
        Assert.Equal("b", Text((await node.Streams.ReadSinceAsync(Group("blue"), 0, 100)).Single())[..1]);

        await PublishAsync(node, Group("blue"), new string('c', 5000));
        Assert.Equal("c", Text((await node.Streams.ReadSinceAsync(Group("blue"), 0, 100)).Single())[..1]);
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

        var message = (await node.Streams.ReadSinceAsync(Group("blue"), 0, 10)).Single().Message;
        Assert.Equal(bytes, message.Data.ToArray());
        Assert.Equal((DataType.Binary, "änn 😀", node.Identity.Name), (message.DataType, message.FromUserId, message.Node));
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
            server, "t", ("Redis:CommandTimeout", "00:00:00.2"), ("Redis:ProbeTimeout", "00:00:00.2"), ("Redis:ProbeInterval", "00:00:00.1"));

        await server.HangAsync();
        var publishing = PublishAsync(node, Group("blue"), "once", patience: TimeSpan.FromSeconds(20));
        await node.Logs.WaitForAsync(eventId: 2200);
        await server.ResumeAsync();
        await publishing;

        Assert.Equal("once", Text((await node.Streams.ReadSinceAsync(Group("blue"), 0, 10)).Single()));
    }
}
