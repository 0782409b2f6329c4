using Microsoft.Extensions.Options;
using YarpWs.Backend.Access;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Groups;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Protocols;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Telemetry;
using YarpWs.Platform.Telemetry;
using YarpWs.Platform.Transport;

namespace YarpWs.Backend.Rooms;

/// <summary>
/// <c>/ws/start/{room}</c>: a WebSocket that is a member of one group for as long as it lives. What can be refused is refused
/// before the upgrade, with a status; a client who has its 101 is a member already.
/// </summary>
internal sealed class PlainEndpoint(
    ConnectionTable connections,
    GroupDirectory groups,
    ClientRequests requests,
    RedisHealth redis,
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
            await new Refusal(StatusCodes.Status400BadRequest, "A room is named with 1 to 94 letters (with their marks), digits or underscores, and nothing else.").WriteAsync(context);
            return;
        }

        var connection = new Connection(
            context.User.UserId(), Select(context.WebSockets.WebSocketRequestedProtocols), options.Value, metrics, time, logger);
        if (!connections.TryAdd(connection))
        {
            await Refusal.Unavailable(connections.IsDraining ? "This node is stopping." : "This node is full.").WriteAsync(context);
            return;
        }

        if (!await TryJoinAsync(connection, group))
        {
            connections.Remove(connection);
            await Refusal.Unavailable("Redis is away.").WriteAsync(context);
            return;
        }

        Stream client;
        try
        {
            client = await Handshake.AcceptAsync(context, connection.Protocol.Subprotocol);
        }
        catch
        {
            await LeaveAsync(connection, group);
            throw;
        }

        RequestMetrics.LeaveOut(context);
        if (client is LoopStream socket)
        {
            // The request ends here: what the platform keeps for one is several times what a quiet member needs.
            Start(connection, group, socket);
        }
        else
        {
            if (client is not Http2SocketStream)
            {
                context.Features.Get<LoopConnection>()?.KeepEndInOrder(connection.ClientLeft);
            }

            await ServeAsync(connection, group, client, context.Abort, SendingSide.EndOf(context, client), context.RequestAborted);
        }
    }

    /// <summary>
    /// Serves without the request, in the loop of the socket. The table holds the connection meanwhile, so that a drain waits for it; nothing of the
    /// request flows along.
    /// </summary>
    private void Start(Connection connection, GroupKey group, LoopStream socket)
    {
        // Nothing is read while a message waits for Redis, and how long those behind it may wait begins now.
        socket.OnEnded(connection.ClientLeft);
        socket.Loop.Start(() => ServeAsync(connection, group, socket, socket.Abort, endSending: null, CancellationToken.None));
    }

    /// <summary>Ends with the connection, and does not fail: there may be nobody to tell.</summary>
    private async Task ServeAsync(Connection connection, GroupKey group, Stream client, Action abort, Func<Task>? endSending, CancellationToken aborted)
    {
        metrics.ConnectionOpened();
        logger.ConnectionOpened(connection.Id, group);
        var code = CloseCode.InternalError;
        try
        {
            await using (client)
            {
                code = await connection.RunAsync(
                    client, (message, cancellationToken) => requests.HandleAsync(connection, group, message, cancellationToken), abort, aborted, endSending);
            }
        }
        catch (Exception exception)
        {
            logger.ConnectionFailed(exception, connection.Id);
        }

        metrics.ConnectionClosed(code.Number, code.Name);
        logger.ConnectionClosed(connection.Id, code.ToString());
        await LeaveAsync(connection, group);
    }

    private async Task LeaveAsync(Connection connection, GroupKey group)
    {
        try
        {
            await groups.LeaveAsync(group, connection);
        }
        catch (Exception exception)
        {
            logger.ConnectionFailed(exception, connection.Id);
        }
        finally
        {
            connections.Remove(connection);
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
        catch (Exception exception) when (RedisFailure.IsRedis(exception))
        {
            logger.JoinFailed(exception, group);
            return false;
        }
        catch
        {
            // A bug, which the platform logs and answers with 500. The connection must not keep its place among those that are served.
            connections.Remove(connection);
            throw;
        }
    }

    private static IClientProtocol Select(IList<string> offered) =>
        offered.Contains(AttributedProtocol.Instance.Subprotocol!, StringComparer.Ordinal)
            ? AttributedProtocol.Instance
            : PlainProtocol.Instance;
}
