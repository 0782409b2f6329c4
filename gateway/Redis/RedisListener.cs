using StackExchange.Redis;

namespace YarpWs.Gateway.Redis;

/// <summary>Hears one channel, message by message in their order. One caller at a time.</summary>
internal sealed class RedisListener(RedisConnection redis, RedisChannel channel, Action<RedisValue> hear)
{
    private ChannelMessageQueue? _queue;

    /// <summary>
    /// Subscribes anew: the server may have forgotten a subscription that the library believes in. Afterwards everything that is published
    /// is heard, or the connection is lost.
    /// </summary>
    public async Task ListenAsync()
    {
        if (_queue is { } old)
        {
            await old.UnsubscribeAsync();
        }

        // In a Cluster always at the same server, so that none is left behind at another.
        _queue = await redis.Subscriber.SubscribeAsync(channel.WithKeyRouting());
        _queue.OnMessage(message => hear(message.Message));
    }
}
