using StackExchange.Redis;
using YarpWs.Platform.Redis;

namespace YarpWs.Gateway.Redis;

/// <summary>Hears one channel, message by message in their order. One caller at a time.</summary>
internal sealed class RedisListener(RedisConnection redis, RedisChannel channel, Action<RedisValue> hear)
{
    /// <summary>In a Cluster always at the same server.</summary>
    private readonly RedisChannel _channel = channel.WithKeyRouting();

    /// <summary>
    /// Subscribes anew: the server may have forgotten a subscription that the library believes in. Afterwards everything that is published
    /// is heard, or the connection is lost.
    /// </summary>
    public async Task ListenAsync()
    {
        await redis.Subscriber.UnsubscribeFromMasterAsync(_channel);
        var queue = await redis.Subscriber.SubscribeAtMasterAsync(_channel);
        queue.OnMessage(message => hear(message.Message));
    }
}
