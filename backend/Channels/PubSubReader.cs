using System.Threading.Channels;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Streams;
using YarpWs.Backend.Telemetry;

namespace YarpWs.Backend.Channels;

/// <summary>
/// Reads the pub/sub layer, by one subscription for all groups of rooms. What is published while nobody is subscribed, or while Redis is away, is heard by nobody, as it is in
/// channels_redis. Groups without a member are passed over.
/// </summary>
internal sealed class PubSubReader(
    ChannelNames names, ChannelContents contents, RedisConnection redis, RedisNames rooms, GroupStreams streams, NodeIdentity node, BackendMetrics metrics, ILogger<PubSubReader> logger)
{
    /// <summary>Messages that may wait to be published. Beyond, the newest are dropped, and counted.</summary>
    private const int MaxWaiting = 10_000;

    /// <summary>Reads until it is cancelled. Throws when Redis is away at the start.</summary>
    public async Task ReadAsync(ReaderLease lease, CancellationToken cancellationToken)
    {
        var heard = Channel.CreateBounded<(string Channel, byte[] Message)>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
        void Hear(StackExchange.Redis.ChannelMessage message)
        {
            if (!heard.Writer.TryWrite(((string)message.Channel!, (byte[])message.Message!)))
            {
                metrics.ChannelMessage("in", "dropped");
            }
        }

        // By the library's queue: a handler of its own would be called by several threads at once, and in no order.
        var queue = await redis.Subscriber.SubscribeAsync(names.GroupPattern);
        queue.OnMessage(Hear);
        logger.ChannelsReaderStarted();
        try
        {
            await foreach (var (channel, message) in heard.Reader.ReadAllAsync(cancellationToken))
            {
                // What a reader that stood still hears only now, the next one has heard as well.
                if (lease.IsHeld || await lease.TryHoldAsync())
                {
                    await PublishAsync(names.GroupOf(channel), message, cancellationToken);
                }
            }
        }
        finally
        {
            await queue.UnsubscribeAsync();
        }
    }

    private async Task PublishAsync(string name, byte[] message, CancellationToken cancellationToken)
    {
        if (!names.TryFind(name, out var group) || contents.Read(message) is not { Value: { } value } content || content.Sender == names.System)
        {
            return;
        }

        try
        {
            if (await redis.CountSubscriptionsAsync(rooms.Channel(group)) == 0)
            {
                return;
            }
        }
        catch (Exception exception) when (RedisFailure.IsRedis(exception))
        {
            // Whether somebody is there is not known, so it is published for whoever is.
        }

        var position = await streams.TryPublishAsync(
            group,
            new GroupMessage { DataType = value.DataType, Data = value.Data, Node = ChannelContents.Node, Sequence = node.NextSequence() },
            TimeSpan.Zero,
            cancellationToken);
        metrics.ChannelMessage("in", position is null ? "failed" : "published");
    }
}
