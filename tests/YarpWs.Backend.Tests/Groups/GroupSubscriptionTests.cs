using StackExchange.Redis;
using Xunit;
using YarpWs.Backend.Groups;
using YarpWs.Backend.Tests.Node;
using YarpWs.Platform.Transport;

namespace YarpWs.Backend.Tests.Groups;

public sealed class GroupSubscriptionTests(NodeOnGarnet garnet) : IClassFixture<NodeOnGarnet>, IDisposable
{
    private readonly TestNode _node = garnet.Node;
    private readonly EventLoops _loops = new(1, TimeProvider.System);
    private readonly RedisChannel _channel = RedisChannel.Literal(Guid.NewGuid().ToString("N"));
    private readonly List<string> _heard = [];
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly SemaphoreSlim _goOn = new(0);

    [Fact]
    public async Task WhatStillWaits_WhenItIsClosed_IsNotHandedOn()
    {
        var subscription = New();
        await subscription.OpenAsync();
        await PublishAsync("1", "2", "3");
        await ArriveAsync();
        Assert.True(subscription.IsBehind);

        await subscription.CloseAsync();
        _goOn.Release(3);

        await PublishAsync("4");
        Assert.Equal(["1"], _heard);
        Assert.Equal(0, await SubscriptionsAsync());
    }

    [Fact]
    public async Task WhatAnOlderQueueStillHolds_WhenItIsRenewed_IsNotHandedOn()
    {
        var subscription = New();
        await subscription.OpenAsync();
        await PublishAsync("1", "2");
        await ArriveAsync();

        await subscription.RenewAsync();
        await PublishAsync("3");
        _goOn.Release(3);
        await ArriveAsync();

        Assert.Equal(["1", "3"], _heard);
        await subscription.CloseAsync();
    }

    [Fact]
    public async Task AsManyAsMayWait_AreAllHandedOn()
    {
        var subscription = New();
        await subscription.OpenAsync();
        Assert.False(subscription.IsBehind);
        await PublishAsync("first");
        await ArriveAsync();

        await WaitingAsync(() => PublishAsync("1", "2", "3"));
        _goOn.Release(4);
        for (var i = 0; i < 3; i++)
        {
            await ArriveAsync();
        }

        Assert.Equal(["first", "1", "2", "3"], _heard);
        await subscription.CloseAsync();
    }

    [Theory]
    [InlineData(17_000, 1)]
    [InlineData(70, 1 << 20)]
    public async Task MoreThanMayWait_IsPassedOver_ButForTheNewest(int messages, int length)
    {
        var subscription = New();
        await subscription.OpenAsync();
        await PublishAsync("first");
        await ArriveAsync();

        await WaitingAsync(async () =>
        {
            foreach (var some in Enumerable.Range(1, messages).Chunk((1 << 20) / length))
            {
                await Task.WhenAll(some.Select(number => _node.Redis.Database.PublishAsync(_channel, $"{number}".PadRight(length))));
            }
        });
        _goOn.Release(3);
        await ArriveAsync();

        Assert.Equal(["first", $"{messages}"], _heard.Select(message => message.TrimEnd()));
        await subscription.CloseAsync();
    }

    [Fact]
    public async Task Close_IsTheLastChange()
    {
        var subscription = New();
        await subscription.OpenAsync();

        await subscription.CloseAsync();
        await subscription.RenewAsync();

        Assert.False(subscription.IsOpen);
        Assert.Equal(0, await SubscriptionsAsync());
    }

    public void Dispose()
    {
        _loops.Dispose();
        _arrived.Dispose();
        _goOn.Dispose();
    }

    private GroupSubscription New() => new(_node.Redis, _channel, HearAsync, _loops);

    private async ValueTask HearAsync(RedisValue message)
    {
        _heard.Add(message!);
        _arrived.Release();
        await _goOn.WaitAsync();
    }

    private async Task ArriveAsync() =>
        Assert.True(await _arrived.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken), $"Waited {Deadline.Length.TotalSeconds} s for a message to be handed on.");

    private async Task PublishAsync(params string[] messages)
    {
        foreach (var message in messages)
        {
            await _node.Redis.Database.PublishAsync(_channel, message);
        }
    }

    /// <summary>Publishes, and waits until all of it waits to be handed on: one connection carries both channels, so that what is heard on the other comes behind it.</summary>
    private async Task WaitingAsync(Func<Task> publish)
    {
        var end = RedisChannel.Literal($"{_channel}-end");
        var barrier = await _node.Redis.Subscriber.SubscribeAsync(end);
        await publish();
        await _node.Redis.Database.PublishAsync(end, "end");
        using var deadline = new CancellationTokenSource(Deadline.Length);
        await barrier.ReadAsync(deadline.Token);
        await barrier.UnsubscribeAsync();
    }

    private async Task<long> SubscriptionsAsync() =>
        (long)(await _node.Redis.Database.ExecuteAsync("PUBSUB", "NUMSUB", _channel))[1];
}
