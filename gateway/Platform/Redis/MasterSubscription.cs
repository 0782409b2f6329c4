using StackExchange.Redis;

namespace YarpWs.Platform.Redis;

/// <summary>
/// Subscriptions to a channel that belongs to a key: at the master of its slot, and nowhere else. By itself the library subscribes at whichever server can be reached while
/// the master cannot, and asks once more with each connection that comes back; of the servers that have taken it, it remembers one. Then each message is heard twice, and at the
/// other server the subscription stays when it is ended.
/// </summary>
internal static class MasterSubscription
{
    /// <summary>The library ends a subscription with the flags of its beginning as well, and would refuse to at a master that is a replica by now. With these, both together prefer a replica.</summary>
    private const CommandFlags AlsoAtReplica = CommandFlags.PreferReplica;

    /// <summary>One is enough but for an accident of some microseconds.</summary>
    private const int MaxTries = 5;

    /// <summary>When this returns, everything published from now on is heard.</summary>
    /// <exception cref="RedisException">Redis is away; the library may subscribe all the same when it is back, until <see cref="UnsubscribeFromMasterAsync"/>.</exception>
    /// <exception cref="RedisCommandException">As <see cref="RedisException"/>.</exception>
    /// <exception cref="TimeoutException">As <see cref="RedisException"/>.</exception>
    public static Task<ChannelMessageQueue> SubscribeAtMasterAsync(this ISubscriber subscriber, RedisChannel channel) =>
        subscriber.SubscribeAsync(channel, CommandFlags.DemandMaster);

    /// <summary>As <see cref="SubscribeAtMasterAsync(ISubscriber, RedisChannel)"/>. The handler is called by several threads at once.</summary>
    public static Task SubscribeAtMasterAsync(this ISubscriber subscriber, RedisChannel channel, Action<RedisChannel, RedisValue> hear) =>
        subscriber.SubscribeAsync(channel, hear, CommandFlags.DemandMaster);

    /// <summary>Ends all that this process has of the channel; its queues are complete. Throws as <see cref="SubscribeAtMasterAsync(ISubscriber, RedisChannel)"/> does.</summary>
    public static async Task UnsubscribeFromMasterAsync(this ISubscriber subscriber, RedisChannel channel)
    {
        try
        {
            // The library ends only what it has noted: it may have asked and not been answered, and it notes the answer some moments after it has told of it.
            // A server answers in order: with the answer to this one, all that was asked before is answered and noted.
            for (var tries = 0; tries < MaxTries && subscriber.SubscribedEndpoint(channel) is null; tries++)
            {
                await subscriber.SubscribeAtMasterAsync(channel);
            }
        }
        catch (Exception exception) when (exception is RedisException or RedisCommandException or TimeoutException)
        {
            // Nothing is subscribed where there is no connection; and the library is to forget the channel.
        }

        await subscriber.UnsubscribeAsync(channel, flags: AlsoAtReplica);
    }
}
