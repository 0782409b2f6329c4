using Microsoft.Extensions.Options;
using StackExchange.Redis;
using YarpWs.Backend.Access;
using YarpWs.Backend.Groups;
using YarpWs.Backend.Protocols;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Streams;
using YarpWs.Transport;

namespace YarpWs.Backend.Connections;

/// <summary>
/// <c>/ws/start/{room}</c>: a WebSocket that is a member of one group for as long as it lives. What can be refused is refused
/// before the upgrade, with a status; a client who has its 101 is a member already.
/// </summary>
internal sealed class PlainEndpoint(
    ConnectionTable connections,
    GroupDirectory groups,
    GroupStreams streams,
    RedisHealth redis,
    NodeIdentity node,
    IOptions<ConnectionOptions> options,
    IOptions<PlainOptions> plain,
    BackendMetrics metrics,
    TimeProvider time,
    ILogger<Connection> logger)
{
    public async Task HandleAsync(HttpContext context)
    {
        if (Handshake.Check(context) is { } refusal)
        {
            await refusal.WriteAsync(context);
            return;
        }

        if (!RoomName.TryParse((string?)context.GetRouteValue("room") ?? "", out var room)
            || !HubName.TryParse(plain.Value.Hub, out var hub)
            || !GroupKey.TryCreate(hub, plain.Value.GroupPrefix + room, out var group))
        {
            await new Refusal(StatusCodes.Status400BadRequest, "A room is named with 1 to 94 letters, digits or underscores.").WriteAsync(context);
            return;
        }

        var connection = new Connection(
            context.User.UserId(), Select(context.WebSockets.WebSocketRequestedProtocols), options.Value, metrics, time, logger);
        if (!connections.TryAdd(connection))
        {
            await Refusal.Unavailable(connections.IsDraining ? "This node is stopping." : "This node is full.").WriteAsync(context);
            return;
        }

        try
        {
            await JoinAndServeAsync(context, connection, group);
        }
        finally
        {
            connections.Remove(connection);
        }
    }

    private async Task JoinAndServeAsync(HttpContext context, Connection connection, GroupKey group)
    {
        if (!await TryJoinAsync(connection, group))
        {
            await Refusal.Unavailable("Redis is away.").WriteAsync(context);
            return;
        }

        try
        {
            await ServeAsync(context, connection, group);
        }
        finally
        {
            await groups.LeaveAsync(group, connection);
        }
    }

    private async Task ServeAsync(HttpContext context, Connection connection, GroupKey group)
    {
        await using var client = await Handshake.AcceptAsync(context, connection.Protocol.Subprotocol);
        Action abort = client is LoopStream direct ? direct.Abort : context.Abort;
        metrics.ConnectionOpened();
        logger.ConnectionOpened(connection.Id, group);
        var code = CloseCode.InternalError;
        try
        {
            code = await connection.RunAsync(
                client, (message, cancellationToken) => SendAsync(connection, group, message, cancellationToken), abort, context.RequestAborted);
        }
        finally
        {
            metrics.ConnectionClosed(code);
            logger.ConnectionClosed(connection.Id, code);
        }
    }

    private async Task<bool> TryJoinAsync(Connection connection, GroupKey group)
    {
        if (!redis.IsUp)
        {
            return false;
        }

        try
        {
            await groups.JoinAsync(group, connection);
            return true;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            logger.JoinFailed(exception, group);
            return false;
        }
    }

    /// <summary>A plain client cannot be told that one message failed. So its messages wait for Redis, in order, and only too long a wait ends it.</summary>
    private async Task<CloseCode?> SendAsync(Connection connection, GroupKey group, ClientMessage message, CancellationToken cancellationToken)
    {
        var published = await streams.TryPublishAsync(
            group, node.Message(DataType.Text, message.Text, connection.UserId), options.Value.SendPatience, cancellationToken);
        return published is null ? CloseCode.TryAgainLater : null;
    }

    private static IClientProtocol Select(IList<string> offered) =>
        offered.Contains(AttributedProtocol.Instance.Subprotocol!, StringComparer.Ordinal)
            ? AttributedProtocol.Instance
            : PlainProtocol.Instance;
}
