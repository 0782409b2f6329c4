using System.Globalization;
using StackExchange.Redis;
using Xunit;
using YarpWs.Backend.Channels;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Channels;

/// <summary>What both sides may rely on, whichever layer Django runs.</summary>
public abstract class ChannelsSpec : ChannelsTests
{
    private protected ChannelsSpec(SharedRedisServer redis, ChannelLayer layer)
        : base(redis, layer)
    {
    }

    [Fact]
    public async Task GroupSend_ReachesMembersOnAllNodes_Once()
    {
        await using var a = await StartAsync();
        await using var b = await StartAsync();
        await using var django = await StartDjangoAsync();
        await using var ann = await a.JoinAsync(Room);
        await using var ben = await b.JoinAsync(Room);

        await django.SendAsync("push_blue", "one", "two", "three");
        await a.PublishAsync(Room, "end");

        await ExpectWithEndAsync(ann, "one", "two", "three");
        await ExpectWithEndAsync(ben, "one", "two", "three");
    }

    [Fact]
    public async Task WhatAMemberSays_ReachesConsumers_AndNotItselfAgain()
    {
        await using var node = await StartAsync();
        await using var django = await StartDjangoAsync();
        await django.JoinAsync("push_blue");
        await using var ann = await node.JoinAsync(Room);

        await SayAsync(node, "hello 路");
        await SayAsync(node, "again");

        await django.ExpectAsync(Message("hello \\u8def"), Message("again"));
        await ann.Client.ExpectAsync("hello 路", "again");
        await django.SendAsync("push_blue", "from django");
        await ann.Client.ExpectAsync("from django");
    }

    [Fact]
    public async Task ConsumerThatLeft_HearsNothingMore()
    {
        await using var node = await StartAsync();
        await using var django = await StartDjangoAsync();
        await django.JoinAsync("push_blue");
        await django.JoinAsync("push_red");
        await django.LeaveAsync("push_blue");

        await SayAsync(node, "nobody hears");
        await SayAsync(node, "end", "push_red");

        await django.ExpectAsync(Message("end"));
    }

    [Fact]
    public async Task TwoSystemsOfRooms_HearDjango_EachOther_AndNoLoop()
    {
        await using var here = await StartAsync();
        await using var there = await StartAsync(("Redis:KeyPrefix", "o" + Prefix));
        await using var django = await StartDjangoAsync();
        await django.JoinAsync("push_blue");
        await using var ann = await here.JoinAsync(Room);
        await using var ben = await there.JoinAsync(Room);

        await SayAsync(here, "hello");

        await ben.Client.ExpectAsync("hello");
        await ann.Client.ExpectAsync("hello");
        await django.ExpectAsync(Message("hello"));
        await django.SendAsync("push_blue", "end");
        await ann.Client.ExpectAsync("end");
        await ben.Client.ExpectAsync("end");
    }

    [Fact]
    public async Task TypeThatIsNotMapped_IsCounted_AndToldOnce()
    {
        await using var node = await StartAsync();
        await using var django = await StartDjangoAsync();
        await using var ann = await node.JoinAsync(Room);

        await django.SendAsync("push_blue", new { type = "user.joined", name = "ann" }, new { type = "user.joined", name = "ben" }, new { type = "send.message", @event = "end" });

        await ann.Client.ExpectAsync("end");
        Assert.Single(node.Logs.Lines, line => line.Event.Id == 2152);
    }

    [Fact]
    public async Task Mapping_NamesOtherTypes_AndValuesBecomeJson()
    {
        await using var node = await StartAsync(("Channels:Types:user.joined", "who"), ("Channels:SendType", "chat.message"), ("Channels:SendKey", "text"));
        await using var django = await StartDjangoAsync();
        await django.JoinAsync("push_red");
        await using var ann = await node.JoinAsync(Room);

        await django.SendAsync("push_blue", new { type = "user_joined", who = new { name = "ann" } });
        await SayAsync(node, "hello", "push_red");

        await ann.Client.ExpectAsync("""{"name":"ann"}""");
        await django.ExpectAsync("""{"type": "chat.message", "text": "hello"}""");
    }

    [Fact]
    public async Task GroupsOfOthers_AreLeftAlone()
    {
        await using var node = await StartAsync();
        await using var django = await StartDjangoAsync();
        await django.JoinAsync("news");
        await using var ann = await node.JoinAsync(TestNode.Group("news"));

        await SayAsync(node, "not for django", "news");
        await django.SendAsync("news", "for its own");

        await django.ExpectAsync(Message("for its own"));
        await SayAsync(node, "end", "news");
        await ann.Client.ExpectAsync("not for django", "end");
    }

    [Fact]
    public async Task ReaderThatEnds_IsFollowedByAnother()
    {
        await using var django = await StartDjangoAsync();
        var a = await StartAsync();
        await using var b = await StartAsync();
        await using var ann = await b.JoinAsync(Room);
        await django.SendAsync("push_blue", "by the first");
        await ann.Client.ExpectAsync("by the first");

        await a.DisposeAsync();
        await WaitForReaderAsync(b);
        await django.SendAsync("push_blue", "hello");

        await ann.Client.ExpectAsync("hello");
    }
}

public sealed class CoreChannelsTests(SharedRedisServer redis) : ChannelsSpec(redis, ChannelLayer.Core)
{
    [Fact]
    public async Task ReaderWithNothingToRead_ReadsOn()
    {
        await using var node = await StartAsync();
        await using var django = await StartDjangoAsync();
        await using var ann = await node.JoinAsync(TestNode.Group("push_blue"));

        // Each question waits for a second; as many were asked as there are commands of this kind.
        await WaitForQuestionsAsync(await RedisAsync(), 2);
        await django.SendAsync("push_blue", "after a while");

        await ann.Client.ExpectAsync("after a while");
    }

    [Fact]
    public async Task EncryptedMessages_GoBothWays()
    {
        await using var node = await StartAsync(("Channels:SymmetricEncryptionKeys:0", "new"), ("Channels:SymmetricEncryptionKeys:1", "old"));
        await using var django = await StartDjangoAsync(new() { ["symmetric_encryption_keys"] = new[] { "old", "new" } });
        await django.JoinAsync("push_red");
        await using var ann = await node.JoinAsync(TestNode.Group("push_blue"));

        await django.SendAsync("push_blue", "secret");
        await SayAsync(node, "also", "push_red");

        await ann.Client.ExpectAsync("secret");
        await django.ExpectAsync(Message("also"));
    }

    [Fact]
    public async Task WhatAKilledReaderHasTaken_IsPublishedByTheNext_Once()
    {
        await using var node = await StartAsync();
        await using var django = await StartDjangoAsync();
        await using var ann = await node.JoinAsync(TestNode.Group("push_blue"));
        await django.SendAsync("push_blue", "heard");
        await ann.Client.ExpectAsync("heard");

        // Taken by a reader that was killed before it had published.
        var redis = node.Redis.Database;
        var names = node.Get<ChannelNames>();
        await node.Redis.Subscriber.SubscribeAsync(names.Reader("another"));
        await redis.StringSetAsync(names.Lease, "another");
        await django.SendAsync("push_blue", "taken");
        var taken = await WaitForMessageAsync(redis, names.OwnMessages);
        await redis.KeyRenameAsync(names.OwnMessages, names.InFlight);
        await redis.KeyDeleteAsync(names.Lease);
        await ann.Client.ExpectAsync("taken");

        // Killed after it had.
        await redis.StringSetAsync(names.Lease, "another");
        await redis.SortedSetAddAsync(names.InFlight, taken.Element, taken.Score);
        await redis.KeyDeleteAsync(names.Lease);
        await django.SendAsync("push_blue", "after");
        await ann.Client.ExpectAsync("after");
    }

    [Fact]
    public async Task LastMemberThatLeaves_EndsTheMembership()
    {
        await using var node = await StartAsync();
        var group = node.Get<ChannelNames>().Group("push_blue");
        var ann = await node.JoinAsync(TestNode.Group("push_blue"));
        Assert.Equal(1, await node.Redis.Database.SortedSetLengthAsync(group));

        await node.LeaveAsync(TestNode.Group("push_blue"), ann);

        Assert.Equal(0, await node.Redis.Database.SortedSetLengthAsync(group));
    }

    [Fact]
    public async Task FullProcessOfDjango_IsNotSentMore_AndToldOnce()
    {
        await using var node = await StartAsync(("Channels:Capacity", "2"));
        var names = node.Get<ChannelNames>();
        await node.Redis.Database.SortedSetAddAsync(names.Group("push_blue"), "specific.dead!one", ChannelNames.Score(DateTimeOffset.UtcNow));

        for (var i = 0; i < 4; i++)
        {
            await SayAsync(node, "hello");
        }

        Assert.Equal(2, await node.Redis.Database.SortedSetLengthAsync(names.Messages("specific.dead!")));
        Assert.Single(node.Logs.Lines, line => line.Event.Id == 2156);
        Assert.NotNull(await node.Redis.Database.KeyTimeToLiveAsync(names.Messages("specific.dead!")));
    }

    [Fact]
    public async Task ReaderThatIsGone_IsFollowed_WhileItsLeaseLives()
    {
        await using var node = await StartAsync();
        await using var django = await StartDjangoAsync();
        await using var ann = await node.JoinAsync(TestNode.Group("push_blue"));

        await node.Redis.Database.StringSetAsync(node.Get<ChannelNames>().Lease, "gone");
        await django.SendAsync("push_blue", "hello");

        await ann.Client.ExpectAsync("hello");
    }

    private static async Task WaitForQuestionsAsync(RedisServer redis, int more)
    {
        await using var hand = await ConnectionMultiplexer.ConnectAsync(redis.Configuration + ",allowAdmin=true");
        var server = hand.GetServer(redis.Configuration);
        var before = await CountAsync();
        var deadline = Deadline.Token();
        while (await CountAsync() < before + more)
        {
            await Eventually.AgainAsync(deadline);
        }

        // cmdstat_bzpopmin:calls=7,usec=…
        async Task<long> CountAsync() => (await server.InfoAsync("commandstats")).SelectMany(section => section)
            .Where(line => line.Key == "cmdstat_bzpopmin")
            .Select(line => long.Parse(line.Value.Split('=', ',')[1], CultureInfo.InvariantCulture))
            .FirstOrDefault();
    }

    /// <summary>The one message that waits, and is read by nobody: a reader that has lost its lease may have taken it out for a moment, and put it back.</summary>
    private static async Task<SortedSetEntry> WaitForMessageAsync(IDatabase redis, RedisKey key)
    {
        var deadline = Deadline.Token();
        while (true)
        {
            if (await redis.SortedSetRangeByRankWithScoresAsync(key) is [var waiting])
            {
                return waiting;
            }

            await Eventually.AgainAsync(deadline);
        }
    }
}

public sealed class PubSubChannelsTests(SharedRedisServer redis) : ChannelsSpec(redis, ChannelLayer.PubSub);
