using System.Globalization;
using System.Net.WebSockets;
using Xunit;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Protocols;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Groups;

/// <summary>What members of a group on two nodes may rely on, whatever server is between them.</summary>
public abstract class GroupsSpec
{
    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");

    private static GroupKey Blue => TestNode.Group("blue");

    protected abstract Task<RedisUnderTest> RedisAsync();

    [Fact]
    public async Task Message_ReachesMembersOnBothNodes()
    {
        await using var a = await StartAsync();
        await using var b = await StartAsync();
        await using var ann = await a.JoinAsync(Blue);
        await using var ben = await b.JoinAsync(Blue);

        await a.PublishAsync(Blue, "from a");
        await b.PublishAsync(Blue, "from b");

        await ann.Client.ExpectAsync("from a", "from b");
        await ben.Client.ExpectAsync("from a", "from b");
    }

    [Fact]
    public async Task MessageThatExcludesAConnection_ReachesAllOthers_OnBothNodes()
    {
        await using var a = await StartAsync();
        await using var b = await StartAsync();
        await using var ann = await a.JoinAsync(Blue);
        await using var alf = await a.JoinAsync(Blue);
        await using var ben = await b.JoinAsync(Blue);

        await a.PublishAsync(Blue, "not for ann", excludedConnectionId: ann.Connection.Id);
        await a.PublishAsync(Blue, "not for ben", excludedConnectionId: ben.Connection.Id);
        await b.PublishAsync(Blue, "not for one who is not here", excludedConnectionId: "nobody");

        await ann.Client.ExpectAsync("not for ben", "not for one who is not here");
        await ben.Client.ExpectAsync("not for ann", "not for one who is not here");
        await alf.Client.ExpectAsync("not for ann", "not for ben", "not for one who is not here");
    }

    [Fact]
    public async Task Messages_ReachALargeGroup_InOrder()
    {
        // More members than a loop serves in one turn.
        await using var node = await StartAsync();
        var members = await Task.WhenAll(Enumerable.Range(0, 120).Select(_ => node.JoinAsync(Blue)));
        string[] sent = [.. Enumerable.Range(0, 20).Select(number => number.ToString(CultureInfo.InvariantCulture))];

        foreach (var text in sent)
        {
            await node.PublishAsync(Blue, text);
        }

        foreach (var member in members)
        {
            await member.Client.ExpectAsync(sent);
            await member.DisposeAsync();
        }
    }

    [Fact]
    public async Task Message_ReachesEachMember_InItsOwnProtocol()
    {
        await using var node = await StartAsync(("Node:Name", "a"));
        await using var plain = await node.JoinAsync(Blue);
        await using var attributed = await node.JoinAsync(Blue, AttributedProtocol.Instance);

        await node.PublishAsync(Blue, "hello");

        await plain.Client.ExpectAsync("hello");
        await attributed.Client.ExpectAsync("""{"message":"hello","node":"a"}""");
    }

    [Fact]
    public async Task Message_ReachesNobodyInOtherGroups_NorInOtherHubs()
    {
        await using var node = await StartAsync();
        var otherHub = TestNode.Group("blue", hub: "other");
        await using var ann = await node.JoinAsync(TestNode.Group("red"));
        await using var ben = await node.JoinAsync(otherHub);

        await node.PublishAsync(Blue, "not for them");
        await node.PublishAsync(TestNode.Group("red"), "for ann");
        await node.PublishAsync(otherHub, "for ben");

        await ann.Client.ExpectAsync("for ann");
        await ben.Client.ExpectAsync("for ben");
    }

    [Fact]
    public async Task Group_IsSubscribedOncePerNode_HoweverManyMembers()
    {
        await using var a = await StartAsync();
        await using var b = await StartAsync();
        Assert.Equal(0, await a.SubscriptionsAsync(Blue));

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => a.Groups.JoinAsync(Blue, a.Member())));
        Assert.Equal(1, await a.SubscriptionsAsync(Blue));

        await b.Groups.JoinAsync(Blue, b.Member());
        Assert.Equal(2, await a.SubscriptionsAsync(Blue));
    }

    [Fact]
    public async Task LastLeave_Unsubscribes()
    {
        await using var node = await StartAsync();
        await using var ann = await node.JoinAsync(Blue);
        await using var ben = await node.JoinAsync(Blue);

        await node.LeaveAsync(Blue, ann);
        Assert.Equal(1, await node.SubscriptionsAsync(Blue));

        await node.LeaveAsync(Blue, ben);
        Assert.Equal(0, await node.SubscriptionsAsync(Blue));
        Assert.Empty(node.Groups.Groups);
    }

    [Fact]
    public async Task Leaver_GetsNothingMore()
    {
        await using var node = await StartAsync();
        await using var ann = await node.JoinAsync(Blue);
        await using var ben = await node.JoinAsync(Blue);

        await node.LeaveAsync(Blue, ann);
        await node.PublishAsync(Blue, "too late");
        await ben.Client.ExpectAsync("too late");

        ann.Connection.Close(CloseCode.ServiceRestart);
        await ann.Client.ExpectCloseAsync(CloseCode.ServiceRestart);
    }

    [Fact]
    public async Task Exists_WhileThereIsAMember_OnAnyNode()
    {
        await using var a = await StartAsync();
        await using var b = await StartAsync();
        Assert.False(await a.Groups.ExistsAsync(Blue));

        await using var ben = await b.JoinAsync(Blue);
        Assert.True(await a.Groups.ExistsAsync(Blue));

        await b.LeaveAsync(Blue, ben);
        Assert.False(await a.Groups.ExistsAsync(Blue));
    }

    [Fact]
    public async Task Join_AfterTheLastLeave_HearsAgain_HoweverTheyRace()
    {
        await using var node = await StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                await using var member = await node.JoinAsync(Blue);
                await node.PublishAsync(Blue, $"{worker}-{i}");
                while ((await member.Client.ReadTextsAsync(1))[0] != $"{worker}-{i}")
                {
                }

                await node.LeaveAsync(Blue, member);
            }
        })));

        Assert.Equal(0, await node.SubscriptionsAsync(Blue));
        Assert.Empty(node.Groups.Groups);
    }

    [Fact]
    public async Task Newcomer_GetsNothingOlderThanItsJoin()
    {
        await using var node = await StartAsync();
        await using var ann = await node.JoinAsync(Blue);
        await node.PublishAsync(Blue, "old");

        await using var ben = await node.JoinAsync(Blue);
        await node.PublishAsync(Blue, "new");

        await ben.Client.ExpectAsync("new");
        await ann.Client.ExpectAsync("old", "new");
    }

    [Fact]
    public async Task Newcomer_WhileOthersSend_GetsAllFromItsJoinOn()
    {
        await using var node = await StartAsync();
        var sent = 0;
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await node.PublishAsync(Blue, $"{sent + 1}");
                Interlocked.Increment(ref sent);
            }
        }, TestContext.Current.CancellationToken);

        for (var i = 0; i < 30; i++)
        {
            var before = Volatile.Read(ref sent);
            await using var newcomer = await node.JoinAsync(Blue);
            var after = Volatile.Read(ref sent);

            // What is published while it joins may come or not; from then on there is no gap.
            var heard = (await newcomer.Client.ReadTextsAsync(5)).Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            Assert.InRange(heard[0], before + 1, after + 2);
            Assert.Equal(Enumerable.Range(heard[0], 5), heard);
            await node.LeaveAsync(Blue, newcomer);
        }

        await stop.CancelAsync();
        await sending;
    }

    [Fact]
    public async Task DeliveryThatThrows_TellsThoseWhoMayHaveMissedSomething_AndTheGroupGoesOn()
    {
        await using var node = await StartAsync();
        await using var ann = await node.JoinAsync(Blue);
        await using var ben = await node.JoinAsync(Blue, new BrokenProtocol());

        await node.PublishAsync(Blue, "not to be written");
        await node.Logs.WaitForAsync(eventId: 2108);

        foreach (var member in new[] { ann, ben })
        {
            var frame = await member.Client.ReadFrameAsync("the message, or a close frame");
            frame = frame?.Opcode is Opcode.Text ? await member.Client.ReadFrameAsync("a close frame") : frame;
            Assert.Equal((Opcode.Close, CloseCode.InternalError.Number), (frame?.Opcode, frame?.CloseCode));
            await member.Client.SendCloseAsync(CloseCode.InternalError.Number);
            await node.LeaveAsync(Blue, member);
        }

        await using var cid = await node.JoinAsync(Blue);
        await node.PublishAsync(Blue, "next");
        await cid.Client.ExpectAsync("next");
    }

    [Fact]
    public async Task Members_SeeOneOrder_AndEachSendersOwn()
    {
        const int Each = 100;
        await using var a = await StartAsync();
        await using var b = await StartAsync();
        await using var ann = await a.JoinAsync(Blue);
        await using var ben = await b.JoinAsync(Blue);

        await Task.WhenAll(new[] { a, a, b, b }.Index().Select(sender => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                await sender.Item.PublishAsync(Blue, $"{sender.Index}-{i:D3}");
            }
        })));

        var heard = await ann.Client.ReadTextsAsync(4 * Each);
        Assert.Equal(heard, await ben.Client.ReadTextsAsync(4 * Each));
        Assert.All(heard.GroupBy(text => text[0]), own => Assert.Equal(own.Order(StringComparer.Ordinal), own));
    }

    /// <summary>Fails to write, as a bug would.</summary>
    private sealed class BrokenProtocol : IClientProtocol
    {
        public string? Subprotocol => null;

        public ClientMessage? Parse(ReadOnlySpan<byte> payload, WebSocketMessageType type) => null;

        public Frame Encode(GroupMessage message) => throw new InvalidOperationException("A bug.");
    }

    private async Task<TestNode> StartAsync(params (string Key, string Value)[] settings) =>
        await TestNode.StartAsync(await RedisAsync(), _prefix, settings);
}

public sealed class GroupsOnGarnet(SharedGarnet garnet) : GroupsSpec, IClassFixture<SharedGarnet>
{
    protected override Task<RedisUnderTest> RedisAsync() => Task.FromResult<RedisUnderTest>(garnet.Server);
}

public sealed class GroupsOnRedis(SharedRedisServer redis) : GroupsSpec, IClassFixture<SharedRedisServer>
{
    protected override async Task<RedisUnderTest> RedisAsync() => await redis.StartAsync();
}
