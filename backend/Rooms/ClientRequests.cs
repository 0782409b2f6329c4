using System.Diagnostics;
using Microsoft.Extensions.Options;
using YarpWs.Backend.Channels;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Rooms;

/// <summary>Everything that a client can ask for once it is a member of a group, and what becomes of it.</summary>
internal sealed class ClientRequests(GroupPublisher publisher, NodeIdentity node, IOptions<ConnectionOptions> options)
{
    /// <summary>
    /// Does what a client asks; called by its connection, one message after the other. Answers null, or the code to close the client with.
    /// </summary>
    public Task<CloseCode?> HandleAsync(Connection client, GroupKey group, ClientMessage message, CancellationToken cancellationToken) => message switch
    {
        SendText text => PublishAsync(
            group, node.Message(DataType.Text, text.Text, client.UserId, text.NoEcho ? client.Id : ""), cancellationToken),
        _ => throw new UnreachableException($"Nothing is done about {message.GetType().Name}."),
    };

    /// <summary>A plain client cannot be told that one message failed. So its messages wait for Redis, in order, and only too long a wait ends it.</summary>
    private async Task<CloseCode?> PublishAsync(GroupKey group, GroupMessage message, CancellationToken cancellationToken) =>
        await publisher.TryPublishAsync(group, message, options.Value.SendPatience, cancellationToken) is null ? CloseCode.TryAgainLater : null;
}
