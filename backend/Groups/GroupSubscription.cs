using System.Threading.Channels;
using StackExchange.Redis;
using YarpWs.Backend.Redis;
using YarpWs.Platform.Redis;
using YarpWs.Platform.Transport;

namespace YarpWs.Backend.Groups;

/// <summary>
/// This node's subscription to one channel. What is heard is handed on in order, one at a time, by one of the loops. Any thread may ask for a change;
/// changes come one after the other, and after <see cref="CloseAsync"/> there are no more.
/// </summary>
/// <param name="redis">Where it is subscribed.</param>
/// <param name="channel">What to listen to.</param>
/// <param name="hear">Takes a message, and does not fail. The next one waits for it.</param>
/// <param name="loops">One of these hands on.</param>
internal sealed class GroupSubscription(RedisConnection redis, RedisChannel channel, Func<RedisValue, ValueTask> hear, EventLoops loops)
{
    /// <summary>Messages that may wait to be handed on. Beyond, all but the newest are passed over, and the log is read instead.</summary>
    private const int MaxWaiting = 16_384;

    /// <summary>As <see cref="MaxWaiting"/>, in bytes, taking each for as long as the one before them.</summary>
    private const long MaxWaitingBytes = 64 * 1024 * 1024;

    private readonly Lock _lock = new();
    private Task _newestChange = Task.CompletedTask;
    private ChannelMessageQueue? _queue;
    private bool _isAsked;
    private bool _isClosed;
    private volatile bool _isHandingOn;

    /// <summary>False before <see cref="OpenAsync"/>, after a change that Redis did not carry out, and when the library has not subscribed again after a cut.</summary>
    public bool IsOpen => Volatile.Read(ref _queue) is not null && redis.Subscriber.SubscribedEndpoint(redis.Route(channel)) is not null;

    /// <summary>Something was heard that is not handed on yet.</summary>
    public bool IsBehind => _isHandingOn || (Volatile.Read(ref _queue) is { } queue && queue.TryGetCount(out var waiting) && waiting > 0);

    /// <summary>When this returns, everything published from now on is heard. Throws when Redis is away.</summary>
    public Task OpenAsync() => InTurnAsync(SubscribeAsync);

    /// <summary>Subscribes anew: the server may have forgotten while the connection stayed up. Throws when Redis is away.</summary>
    public Task RenewAsync() => InTurnAsync(async () =>
    {
        await UnsubscribeAsync();
        await SubscribeAsync();
    });

    /// <summary>Nothing is heard from now on. Throws when Redis is away; the server then drops the subscription with the connection that was lost.</summary>
    public Task CloseAsync() => InTurnAsync(async () =>
    {
        _isClosed = true;
        Volatile.Write(ref _queue, null);
        await redis.SettleAsync();
        await UnsubscribeAsync();
    });

    private async Task SubscribeAsync()
    {
        if (_isClosed)
        {
            return;
        }

        // Also where it fails: the server may carry out what the library has given up, and the library subscribes by itself when it is connected again.
        _isAsked = true;

        // The queue keeps the order of its channel. It has no bound of its own; who listens gives it one.
        var queue = await redis.Subscriber.SubscribeAtMasterAsync(redis.Route(channel));
        Volatile.Write(ref _queue, queue);
        loops.Start(() => ListenAsync(queue));
    }

    private async Task ListenAsync(ChannelMessageQueue queue)
    {
        var waiting = 0;
        try
        {
            while (true)
            {
                var message = await queue.ReadAsync();
                if (waiting > 0 && IsTooMuch(waiting, message))
                {
                    while (queue.TryRead(out var newer))
                    {
                        message = newer;
                    }
                }

                // What an older queue still holds would come out of order.
                if (ReferenceEquals(queue, Volatile.Read(ref _queue)))
                {
                    _isHandingOn = true;
                    await hear(message.Message);
                    _isHandingOn = false;
                }

                if (queue.TryGetCount(out waiting) && waiting > 0)
                {
                    // The others of the loop come between.
                    await Task.Yield();
                }
            }
        }
        catch (ChannelClosedException)
        {
            // Nobody listens any more.
        }
    }

    private static bool IsTooMuch(int waiting, ChannelMessage message) =>
        waiting > MaxWaiting || waiting * message.Message.Length() > MaxWaitingBytes;

    private async Task UnsubscribeAsync()
    {
        Volatile.Write(ref _queue, null);
        if (_isAsked)
        {
            await redis.Subscriber.UnsubscribeFromMasterAsync(redis.Route(channel));
            _isAsked = false;
        }
    }

    private Task InTurnAsync(Func<Task> change)
    {
        lock (_lock)
        {
            return _newestChange = AfterAsync(_newestChange);
        }

        async Task AfterAsync(Task earlier)
        {
            await earlier.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
            await change();
        }
    }
}
