using Xunit;
using YarpWs.EndToEnd.Tests.Storm;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Django;

/// <summary>What the manual promises of rooms beside Django, with members and senders on both sides.</summary>
public sealed class MixedRoomTests(ITestOutputHelper output)
{
    /// <summary>Two for each of Channels:BurstConnections.</summary>
    private const int HandedOver = 200;

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);

    /// <summary>Longer than it takes another node to notice that it is to read.</summary>
    private static readonly TimeSpan BetweenFaults = TimeSpan.FromSeconds(4);

    private static readonly string[] Senders = ["a", "b", "c", MixedTalk.View];

    [Theory(Explicit = true)]
    [Trait("Category", "Long")]
    [InlineData("Core")]
    [InlineData("PubSub")]
    public async Task TenThousandMessages_AreHeardByEachMember_Once_AndInTheirSendersOrder(string layer)
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var room = await MixedRoom.StartAsync(redis, layer);

        await new MixedTalk(room).SayToAllAsync(Senders, room.Members, 2_500);

        foreach (var member in room.Members)
        {
            Assert.Empty(member.Ends);
            Assert.All(Senders, sender => Assert.Equal(Enumerable.Range(1, 2_500), member.Heard[sender]));
        }
    }

    /// <summary>
    /// The reading node is killed, then every connection to Redis is cut, then a process of Django is killed, while all talk. What members of rooms say reaches those that stay; what Django sends is lost
    /// only where Redis was just handing it over, or, by pub/sub, where nobody reads for a while; nothing comes twice, or in another order, and afterwards everything reaches everybody again.
    /// </summary>
    [Theory(Explicit = true)]
    [Trait("Category", "Long")]
    [InlineData("Core")]
    [InlineData("PubSub")]
    public async Task NodeAndDjangoKilled_AndRedisCut_DoubleNothing_AndLoseNoMoreThanIsSaid(string layer)
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var room = await MixedRoom.StartAsync(redis, layer);
        var pace = new Pace(TimeProvider.System);
        var talk = new MixedTalk(room);
        var (killed, stays) = (room.OnNode(room.Reader), room.OnNode(1 - room.Reader));
        using var over = new CancellationTokenSource();

        var talking = talk.SayAtARateAsync(Senders, Period, pace, over.Token);
        await pace.PassAsync(BetweenFaults, TestContext.Current.CancellationToken);
        room.KillNode(room.Reader);
        await pace.PassAsync(BetweenFaults, TestContext.Current.CancellationToken);
        await room.CutRedisAsync();
        await pace.PassAsync(BetweenFaults, TestContext.Current.CancellationToken);
        room.KillDaphne(0);
        await pace.PassAsync(BetweenFaults, TestContext.Current.CancellationToken);
        await over.CancelAsync();
        await talking;
        await talk.SayUntilHeardAsync([stays.Name, MixedTalk.View], [stays, room.OnDaphne(1)]);
        await talk.SayToAllAsync([stays.Name, MixedTalk.View], [stays, room.OnDaphne(1)], 100);

        foreach (var (member, sender) in room.Members.SelectMany(member => Senders.Select(sender => (member, sender))))
        {
            var heard = member.Heard.GetValueOrDefault(sender, []);
            output.WriteLine($"{member.Name} heard {heard.Count} of {talk.Said[sender]} of {sender}, doubled {heard.Count - heard.Distinct().Count()}, its connection ended: {string.Join(", ", member.Ends)}");

            // The core layer of Django puts back what it was about to hand over when its connection is cut, and hands it over once more: to its own members.
            Assert.True(layer == "Core" && !room.IsOfRooms(member) || heard.Distinct().Order().SequenceEqual(heard), $"{member.Name} heard of {sender}: {string.Join(' ', heard)}");
        }

        Assert.Empty(stays.Ends);
        Assert.Empty(talk.Lost(stays.Name, stays));
        Assert.Empty(talk.Lost(killed.Name, stays));
        foreach (var sender in (string[])["c", MixedTalk.View])
        {
            // What a process of Django took from its client and has not sent, because its own connection was cut, no member has heard.
            int[] lost = [.. talk.Lost(sender, stays).Where(number => sender == MixedTalk.View || room.Members.Any(member => member.Heard.GetValueOrDefault(sender, []).Contains(number)))];
            output.WriteLine($"{stays.Name} has lost {lost.Length} of {sender}: {string.Join(' ', lost)}");
            Assert.True(layer == "PubSub" || lost.Length <= HandedOver, $"{lost.Length} of {sender} are lost.");
        }
    }
}
