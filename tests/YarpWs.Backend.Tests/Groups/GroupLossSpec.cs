using Xunit;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Groups;

/// <summary>What becomes of messages that pub/sub loses: each is delivered from the log, or the members are told.</summary>
public abstract class GroupLossSpec
{
    private static readonly (string, string) NoAudit = ("Groups:AuditInterval", "00:05:00");
    private static readonly (string, string) OftenAudited = ("Groups:AuditInterval", "00:00:00.5");

    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");

    private static GroupKey Blue => TestNode.Group("blue");

    protected abstract Task<RedisUnderTest> RedisAsync();

    [Fact]
    public async Task LostMessages_AreDeliveredFromTheLog_WhenTheNextOneIsHeard()
    {
        await using var node = await StartAsync(NoAudit);
        await using var ann = await node.JoinAsync(Blue);

        await node.PublishAsync(Blue, "1");
        await node.PublishUnheardAsync(Blue, "2");
        await node.PublishUnheardAsync(Blue, "3");
        await node.PublishAsync(Blue, "4");
        await node.PublishAsync(Blue, "5");

        await ann.Client.ExpectAsync("1", "2", "3", "4", "5");
    }

    [Fact]
    public async Task LostMessage_ThatExcludesAConnection_IsReadFromTheLogForTheOthersOnly()
    {
        await using var node = await StartAsync(NoAudit);
        await using var ann = await node.JoinAsync(Blue);
        await using var ben = await node.JoinAsync(Blue);

        await node.PublishUnheardAsync(Blue, "not for ann", ann.Connection.Id);
        await node.PublishAsync(Blue, "for both");

        await ben.Client.ExpectAsync("not for ann", "for both");
        await ann.Client.ExpectAsync("for both");
    }

    [Fact]
    public async Task LostMessages_OfManyPages_AreDeliveredInOrder_Once()
    {
        await using var node = await StartAsync(NoAudit);
        await using var ann = await node.JoinAsync(Blue);
        var lost = Enumerable.Range(0, 250).Select(i => $"lost {i}").ToArray();

        foreach (var text in lost)
        {
            await node.PublishUnheardAsync(Blue, text);
        }

        await node.PublishAsync(Blue, "heard");
        await node.PublishAsync(Blue, "last");

        await ann.Client.ExpectAsync([.. lost, "heard", "last"]);
    }

    [Fact]
    public async Task LostMessage_WithNoneAfterIt_IsFoundByTheAudit()
    {
        await using var node = await StartAsync(OftenAudited);
        await using var ann = await node.JoinAsync(Blue);

        await node.PublishUnheardAsync(Blue, "the last for a while");
        await ann.Client.ExpectAsync("the last for a while");

        await node.PublishAsync(Blue, "once");
        await ann.Client.ExpectAsync("once");
    }

    [Fact]
    public async Task LostMessage_OlderThanAJoin_IsNotForTheNewcomer()
    {
        await using var node = await StartAsync(NoAudit);
        await using var ann = await node.JoinAsync(Blue);
        await node.PublishUnheardAsync(Blue, "lost");

        await using var ben = await node.JoinAsync(Blue);
        await node.PublishAsync(Blue, "next");

        await ben.Client.ExpectAsync("next");
        await ann.Client.ExpectAsync("lost", "next");
    }

    [Fact]
    public async Task LogThatNoLongerReachesBack_ClosesThoseWhoJoinedBeforeTheGap()
    {
        await using var node = await StartAsync(NoAudit, ("Streams:MaxMessages", "2"));
        await using var before = await node.JoinAsync(Blue);
        for (var i = 0; i < 5; i++)
        {
            await node.PublishUnheardAsync(Blue, "lost");
        }

        await using var after = await node.JoinAsync(Blue);
        await node.PublishAsync(Blue, "next");

        Assert.Equal(CloseCode.MessagesLost, await EndedAsync(before));
        await node.PublishAsync(Blue, "and on");
        await after.Client.ExpectAsync("next", "and on");
        await node.Logs.WaitForAsync(2101);
        Assert.Single(node.Logs.Lines, line => line.Event.Id == 2101);
    }

    [Fact]
    public async Task LogThatExpired_ClosesTheMembers()
    {
        await using var node = await StartAsync(OftenAudited);
        await using var ann = await node.JoinAsync(Blue);
        await node.PublishUnheardAsync(Blue, "lost");

        await node.Redis.Database.KeyDeleteAsync(node.Names.Log(Blue));

        Assert.Equal(CloseCode.MessagesLost, await EndedAsync(ann));
    }

    [Fact]
    public async Task DeafGroup_IsSubscribedAgainByTheAudit()
    {
        await using var node = await StartAsync(OftenAudited);
        await using var ann = await node.JoinAsync(Blue);

        await node.Redis.Subscriber.UnsubscribeAllAsync();
        var sent = 0;
        do
        {
            await node.PublishAsync(Blue, $"{++sent}");
            await ann.Client.ExpectAsync($"{sent}");
            Assert.InRange(sent, 1, 20);
        }
        while (await node.SubscriptionsAsync(Blue) == 0);
    }

    [Fact]
    public async Task WhatIsNoEntry_IsToldOnce_AndTheGroupGoesOn()
    {
        await using var node = await StartAsync(NoAudit);
        await using var ann = await node.JoinAsync(Blue);

        await node.Redis.Database.PublishAsync(node.Names.Channel(Blue), "of another system");
        await node.Redis.Database.PublishAsync(node.Names.Channel(Blue), "and once more");
        await node.PublishAsync(Blue, "next");

        await ann.Client.ExpectAsync("next");
        Assert.Single(node.Logs.Lines, line => line.Event.Id == 2103);
    }

    /// <summary>Reads on until the close frame and answers it.</summary>
    private static async Task<CloseCode> EndedAsync(TestConnection member)
    {
        while (await member.Client.ReadFrameAsync("a close frame") is { } frame)
        {
            if (frame.Opcode is Opcode.Close)
            {
                await member.Client.SendCloseAsync(frame.CloseCode);
            }
        }

        return await member.Ended;
    }

    private async Task<TestNode> StartAsync(params (string Key, string Value)[] settings) =>
        await TestNode.StartAsync(await RedisAsync(), _prefix, settings);
}

public sealed class GroupLossOnGarnet(SharedGarnet garnet) : GroupLossSpec, IClassFixture<SharedGarnet>
{
    protected override Task<RedisUnderTest> RedisAsync() => Task.FromResult<RedisUnderTest>(garnet.Server);
}

public sealed class GroupLossOnRedis(SharedRedisServer redis) : GroupLossSpec, IClassFixture<SharedRedisServer>
{
    protected override async Task<RedisUnderTest> RedisAsync() => await redis.StartAsync();
}
