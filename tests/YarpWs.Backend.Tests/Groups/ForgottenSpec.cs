using StackExchange.Redis;
using Xunit;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Groups;

/// <summary>What becomes of members when Redis forgets messages that it took: who has heard them stays, who has not is told.</summary>
public abstract class ForgottenSpec
{
    private static readonly (string, string) NoAudit = ("Groups:AuditInterval", "00:05:00");

    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");

    private protected static GroupKey Blue => TestNode.Group("blue");

    protected abstract Task<RedisUnderTest> RedisAsync();

    [Fact]
    public async Task Members_WhoHeardAll_StayAndGoOn_WhenRedisReturnsFromAnOlderState()
    {
        await using var a = await StartAsync();
        await using var b = await StartAsync();
        await using var ann = await a.JoinAsync(Blue);
        await using var ben = await b.JoinAsync(Blue);
        var first = await a.PublishAsync(Blue, "1");
        await b.PublishAsync(Blue, "2");
        await ann.Client.ExpectAsync("1", "2");

        await a.ForgetAsync(Blue, after: first);
        await a.AuditAsync();
        await b.AuditAsync();
        await b.PublishAsync(Blue, "3");

        await ann.Client.ExpectAsync("3");
        await ben.Client.ExpectAsync("1", "2", "3");
    }

    [Fact]
    public async Task Members_WhoHeardAll_Stay_WhenRedisIsEmptied_AndBothNodesPublish()
    {
        await using var a = await StartAsync();
        await using var b = await StartAsync();
        await using var ann = await a.JoinAsync(Blue);
        await using var ben = await b.JoinAsync(Blue);
        await a.PublishAsync(Blue, "1");
        await ann.Client.ExpectAsync("1");
        await ben.Client.ExpectAsync("1");

        await a.Redis.Database.KeyDeleteAsync([a.Names.Hub(Blue.Hub), a.Names.Log(Blue), a.Names.Head(Blue)]);
        await b.PublishAsync(Blue, "2");
        await a.PublishAsync(Blue, "3");
        await a.AuditAsync();
        await b.AuditAsync();
        await b.PublishAsync(Blue, "4");

        await ben.Client.ExpectAsync("2", "3", "4");
        await ann.Client.ExpectAsync("2", "3", "4");
    }

    [Fact]
    public async Task Members_WhoHadNotHeardWhatRedisForgot_AreTold_WhenANodeThatHadPublishes()
    {
        await using var a = await StartAsync();
        await using var c = await StartAsync();
        await using var ann = await a.JoinAsync(Blue);
        await using var cid = await c.JoinAsync(Blue);
        await HearOnAAloneAsync(a, c, ann, cid);

        await a.PublishAsync(Blue, "next");

        Assert.Equal(CloseCode.MessagesLost, await EndedAsync(cid));
        await ann.Client.ExpectAsync("next");
        Assert.Contains("Redis took them and forgot them", (await c.Logs.WaitForAsync(2101)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_WhoHadNotHeardWhatRedisForgot_AreTold_ByTheAuditAlone()
    {
        await using var a = await StartAsync();
        await using var c = await StartAsync();
        await using var ann = await a.JoinAsync(Blue);
        await using var cid = await c.JoinAsync(Blue);
        await HearOnAAloneAsync(a, c, ann, cid);

        await a.AuditAsync();
        await a.Logs.WaitForAsync(eventId: 2111);
        await c.AuditAsync();

        Assert.Equal(CloseCode.MessagesLost, await EndedAsync(cid));
        await a.PublishAsync(Blue, "next");
        await ann.Client.ExpectAsync("next");
    }

    [Fact]
    public async Task Members_WhoHadNotHeardWhatRedisForgot_AreTold_AlsoWhenANodeThatKnowsNothingPublishesFirst()
    {
        await using var a = await StartAsync();
        await using var c = await StartAsync();
        await using var ann = await a.JoinAsync(Blue);
        await using var cid = await c.JoinAsync(Blue);
        await HearOnAAloneAsync(a, c, ann, cid);

        await using var stranger = await StartAsync();
        await stranger.PublishAsync(Blue, "next");
        await cid.Client.ExpectAsync("next");
        await using var newcomer = await c.JoinAsync(Blue);
        await a.Logs.WaitForAsync(eventId: 2111);
        await c.AuditAsync();

        Assert.Equal(CloseCode.MessagesLost, await EndedAsync(cid));
        await stranger.PublishAsync(Blue, "and on");
        await ann.Client.ExpectAsync("next", "and on");
        await newcomer.Client.ExpectAsync("and on");
    }

    [Fact]
    public async Task Newcomer_AfterRedisForgot_IsNotClosed()
    {
        await using var a = await StartAsync();
        await using var c = await StartAsync();
        await using var ann = await a.JoinAsync(Blue);
        await using var cid = await c.JoinAsync(Blue);
        await HearOnAAloneAsync(a, c, ann, cid);

        await using var newcomer = await c.JoinAsync(Blue);
        await a.PublishAsync(Blue, "next");

        Assert.Equal(CloseCode.MessagesLost, await EndedAsync(cid));
        await newcomer.Client.ExpectAsync("next");
    }

    [Fact]
    public async Task MessageThatRedisTookAndHandedToNobody_ClosesThoseWhoMissedIt()
    {
        await using var a = await StartAsync();
        await using var ann = await a.JoinAsync(Blue);
        var first = await a.PublishAsync(Blue, "1");
        await ann.Client.ExpectAsync("1");
        await a.Redis.Subscriber.UnsubscribeAllAsync();

        await a.PublishAsync(Blue, "taken, and not handed on");
        await a.ForgetAsync(Blue, after: first);
        await a.AuditAsync();

        Assert.Equal(CloseCode.MessagesLost, await EndedAsync(ann));
    }

    [Fact]
    public async Task MessageThatWasPushed_AndForgotten_IsToldToThoseWhoMissedIt_ByTheNodeThatPushed()
    {
        await using var c = await StartAsync();
        await using var cid = await c.JoinAsync(Blue);
        await using var pusher = await StartAsync();
        var first = await pusher.PublishAsync(Blue, "1");
        await cid.Client.ExpectAsync("1");
        await c.Redis.Subscriber.UnsubscribeAllAsync();
        await pusher.PublishAsync(Blue, "taken, and not handed on");

        await pusher.ForgetAsync(Blue, after: first);
        await pusher.Streams.RememberPublishedAsync(TestContext.Current.CancellationToken);
        await c.AuditAsync();

        Assert.Equal(CloseCode.MessagesLost, await EndedAsync(cid));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MembersOfTwoMasters_AreTold_WhatTheOtherOneTook(bool successorHasTheLast)
    {
        await using var late = await StartAsync();
        await using var early = await StartAsync();
        await using var ann = await late.JoinAsync(Blue);
        await using var ben = await early.JoinAsync(Blue);
        await early.PublishAsync(Blue, "1");
        await ann.Client.ExpectAsync("1");
        await ben.Client.ExpectAsync("1");

        // The late node writes to the old master, the early one to its successor, one after the other.
        var successor = await late.StateAsync(Blue);
        for (var i = 0; i < 3; i++)
        {
            successor = await TakeElsewhereAsync(late, successor, () => early.PublishUnheardAsync(Blue, $"successor {i}"));
            await late.PublishUnheardAsync(Blue, $"old {i}");
            await late.AuditAsync();
            await ann.Client.ExpectAsync($"old {i}");
        }

        if (successorHasTheLast)
        {
            successor = await TakeElsewhereAsync(late, successor, () => early.PublishUnheardAsync(Blue, "last"));
        }

        await late.ReplaceAsync(Blue, successor);
        await late.PublishAsync(Blue, "next");
        await late.AuditAsync(wasAway: true);
        if (successorHasTheLast)
        {
            await late.Logs.WaitForAsync(eventId: 2111);
            await ben.Client.ExpectAsync("successor 0", "successor 1", "successor 2", "last", "next");
            await early.AuditAsync();
        }

        Assert.Equal(CloseCode.MessagesLost, await EndedAsync(ann));
        Assert.Equal(CloseCode.MessagesLost, await EndedAsync(ben));
        Assert.Contains("Another server took them", (await late.Logs.WaitForAsync(2101)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MessageThatWasPushed_ToAMasterThatWasReplaced_IsToldToThoseWhoMissedIt()
    {
        await using var early = await StartAsync();
        await using var ben = await early.JoinAsync(Blue);
        await using var pusher = await StartAsync();
        await pusher.PublishAsync(Blue, "1");
        await ben.Client.ExpectAsync("1");

        var successor = await early.StateAsync(Blue);
        await early.Redis.Subscriber.UnsubscribeAllAsync();
        await pusher.PublishAsync(Blue, "pushed to the old master");
        await early.ReplaceAsync(Blue, successor);
        await early.PublishUnheardAsync(Blue, "taken by its successor");
        await early.AuditAsync();
        await ben.Client.ExpectAsync("taken by its successor");
        await pusher.Streams.RememberPublishedAsync(TestContext.Current.CancellationToken);
        await early.AuditAsync();

        Assert.Equal(CloseCode.MessagesLost, await EndedAsync(ben));
    }

    [Fact]
    public async Task MembersOfABusyGroup_WhoHeardAll_Stay_WhenRedisWasAway()
    {
        await using var a = await StartAsync();
        await using var ann = await a.JoinAsync(Blue);
        var sent = Enumerable.Range(0, 60).Select(i => $"{i}").ToArray();
        foreach (var text in sent)
        {
            await a.PublishAsync(Blue, text);
        }

        await ann.Client.ExpectAsync(sent);
        await a.AuditAsync(wasAway: true);
        await a.Streams.RememberPublishedAsync(TestContext.Current.CancellationToken);
        await a.AuditAsync(wasAway: true);
        await a.PublishAsync(Blue, "next");

        await ann.Client.ExpectAsync("next");
        Assert.DoesNotContain(a.Logs.Lines, line => line.Event.Id is 2101 or 2111);
    }

    [Fact]
    public async Task MessageTriedAgain_AfterRedisForgotTheFirstTry_ReachesThoseWhoHeardItOnce()
    {
        await using var a = await StartAsync();
        await using var ann = await a.JoinAsync(Blue);
        var first = await a.PublishAsync(Blue, "1");
        var message = a.Identity.Message(DataType.Text, "once"u8.ToArray()).ToBytes();
        await a.RunPublishScriptAsync(Blue, message);
        await ann.Client.ExpectAsync("1", "once");

        await a.ForgetAsync(Blue, after: first);
        await a.RunPublishScriptAsync(Blue, message, before: $"{first}");
        await a.PublishAsync(Blue, "next");

        await ann.Client.ExpectAsync("next");
    }

    [Fact]
    public async Task Redis_IsReminded_OfWhatItForgot_Once()
    {
        await using var a = await StartAsync();
        await using var c = await StartAsync();
        await using var ann = await a.JoinAsync(Blue);
        await using var cid = await c.JoinAsync(Blue);
        await HearOnAAloneAsync(a, c, ann, cid);

        await a.AuditAsync();
        await a.Logs.WaitForAsync(eventId: 2111);
        for (var i = 0; i < 10; i++)
        {
            await a.PublishAsync(Blue, $"{i}");
            await ann.Client.ExpectAsync($"{i}");
        }

        Assert.Single(a.Logs.Lines, line => line.Event.Id == 2111);
    }

    [Fact]
    public async Task MessageThatWasHeardAlone_IsToldToRedisThatForgotIt_ByTheNextPublish_SoThatAClockThatIsBehindGivesNoPositionTwice()
    {
        await using var a = await StartAsync();
        await using var pusher = await StartAsync();
        await using var ann = await a.JoinAsync(Blue);
        var ahead = (DateTimeOffset.UtcNow.AddHours(1) - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        await a.Redis.Database.StringSetAsync(a.Names.Hub(Blue.Hub), $"{ahead} {ahead}");
        await pusher.PublishAsync(Blue, "heard");
        await ann.Client.ExpectAsync("heard");

        await a.Redis.Database.KeyDeleteAsync([a.Names.Hub(Blue.Hub), a.Names.Log(Blue), a.Names.Head(Blue)]);
        await a.PublishAsync(Blue, "next");

        await ann.Client.ExpectAsync("next");
    }

    [Fact]
    public async Task PositionGivenTwice_ByAClockThatIsBehind_ClosesThoseWhoCannotTell()
    {
        await using var a = await StartAsync();
        var ahead = (DateTimeOffset.UtcNow.AddHours(1) - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        await a.Redis.Database.StringSetAsync(a.Names.Hub(Blue.Hub), $"{ahead} {ahead}");
        await using var ann = await a.JoinAsync(Blue);
        await a.PublishAsync(Blue, "1");
        await ann.Client.ExpectAsync("1");

        await a.Redis.Database.KeyDeleteAsync([a.Names.Hub(Blue.Hub), a.Names.Log(Blue), a.Names.Head(Blue)]);
        await using var stranger = await StartAsync();
        await stranger.PublishAsync(Blue, "older than what was heard");

        Assert.Equal(CloseCode.MessagesLost, await EndedAsync(ann));
        Assert.Contains("clock is behind", (await a.Logs.WaitForAsync(2101)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MessageHeardTwice_OrLate_IsPassedOver()
    {
        await using var node = await StartAsync();
        await using var ann = await node.JoinAsync(Blue);
        var sent = Enumerable.Range(0, 40).Select(i => $"{i}").ToArray();
        foreach (var text in sent)
        {
            await node.PublishAsync(Blue, text);
        }

        var entries = await node.Redis.Database.SortedSetRangeByScoreAsync(node.Names.Log(Blue));
        foreach (var entry in new[] { entries[^1], entries[^2], entries[0], entries[^1] })
        {
            await node.Redis.Subscriber.PublishAsync(node.Names.Channel(Blue), entry);
        }

        await node.PublishAsync(Blue, "next");
        await node.AuditAsync();
        await node.PublishAsync(Blue, "last");

        await ann.Client.ExpectAsync([.. sent, "next", "last"]);
        Assert.DoesNotContain(node.Logs.Lines, line => line.Event.Id is 2101 or 2111);
    }

    /// <summary>Does something on another server that knows <paramref name="state"/>; answers what that knows then.</summary>
    private protected static async Task<RedisState> TakeElsewhereAsync(TestNode node, RedisState state, Func<Task> take)
    {
        var here = await node.StateAsync(Blue);
        await node.ReplaceAsync(Blue, state);
        await take();
        state = await node.StateAsync(Blue);
        await node.ReplaceAsync(Blue, here);
        return state;
    }

    /// <summary>A message that members of both nodes were due, heard by those of <paramref name="a"/> alone, and then forgotten by Redis.</summary>
    private static async Task HearOnAAloneAsync(TestNode a, TestNode c, TestConnection ann, TestConnection cid)
    {
        var first = await c.PublishAsync(Blue, "1");
        await ann.Client.ExpectAsync("1");
        await cid.Client.ExpectAsync("1");
        await a.PublishUnheardAsync(Blue, "forgotten");
        await a.AuditAsync();
        await ann.Client.ExpectAsync("forgotten");
        await a.ForgetAsync(Blue, after: first);
    }

    /// <summary>Reads on until the close frame and answers it.</summary>
    private protected static async Task<CloseCode> EndedAsync(TestConnection member)
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

    private protected async Task<TestNode> StartAsync() => await TestNode.StartAsync(await RedisAsync(), _prefix, NoAudit);
}

public sealed class ForgottenOnGarnet(SharedGarnet garnet) : ForgottenSpec, IClassFixture<SharedGarnet>
{
    protected override Task<RedisUnderTest> RedisAsync() => Task.FromResult<RedisUnderTest>(garnet.Server);
}

public sealed class ForgottenOnRedis(SharedRedisServer redis) : ForgottenSpec, IClassFixture<SharedRedisServer>
{
    protected override async Task<RedisUnderTest> RedisAsync() => await redis.StartAsync();

    [Fact]
    public async Task MessageThatWasPushed_AndForgotten_IsTold_ByTheNodeItself_OnceRedisIsBack()
    {
        await using var c = await StartAsync();
        await using var cid = await c.JoinAsync(Blue);
        await using var pusher = await StartAsync();
        var first = await pusher.PublishAsync(Blue, "1");
        await cid.Client.ExpectAsync("1");
        await c.Redis.Subscriber.UnsubscribeAllAsync();
        var pushed = await pusher.PublishAsync(Blue, "taken, and not handed on");
        await pusher.ForgetAsync(Blue, after: first);

        await CutAsync();

        await pusher.Logs.WaitForAsync(line => line.Event.Id == 2111 && line.Text.Contains($"{pushed}", StringComparison.Ordinal), "Redis to be told");
        await c.WaitForRedisAsync();
        await c.AuditAsync();
        Assert.Equal(CloseCode.MessagesLost, await EndedAsync(cid));
    }

    [Fact]
    public async Task MembersOfTheOldMaster_AreTold_ByTheNodeItself_OnceRedisIsBack_ThoughItPublishesFirst()
    {
        await using var late = await StartAsync();
        await using var early = await StartAsync();
        await using var ann = await late.JoinAsync(Blue);
        await early.PublishAsync(Blue, "1");
        await ann.Client.ExpectAsync("1");
        var successor = await TakeElsewhereAsync(late, await late.StateAsync(Blue), () => early.PublishUnheardAsync(Blue, "successor"));
        await late.PublishAsync(Blue, "old");
        await ann.Client.ExpectAsync("old");

        await late.ReplaceAsync(Blue, successor);
        await late.PublishAsync(Blue, "next");
        await CutAsync();

        Assert.Equal(CloseCode.MessagesLost, await EndedAsync(ann));
    }

    private async Task CutAsync()
    {
        await using var operatorsHand = await ConnectionMultiplexer.ConnectAsync((await RedisAsync()).Configuration + ",allowAdmin=true");
        var server = operatorsHand.GetServer(operatorsHand.GetEndPoints()[0]);
        await server.ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    }
}
