using YarpWs.Backend.Messages;
using YarpWs.Backend.Streams;

namespace YarpWs.Backend.Channels;

/// <summary>Publishes what a member or a server says: first into the group's log, and once Redis has taken it, to Django's consumers. Any thread may call.</summary>
internal sealed class GroupPublisher(GroupStreams streams, ChannelSender consumers)
{
    /// <summary>As <see cref="GroupStreams.TryPublishAsync"/>. Whoever awaits it before the next message has both in order on both sides.</summary>
    public async Task<long?> TryPublishAsync(GroupKey group, GroupMessage message, TimeSpan patience, CancellationToken cancellationToken)
    {
        var position = await streams.TryPublishAsync(group, message, patience, cancellationToken);
        if (position is not null)
        {
            await consumers.SendAsync(group, message);
        }

        return position;
    }
}
