using Microsoft.AspNetCore.Http.Features;
using YarpWs.Gateway.Access;
using YarpWs.Gateway.Edge;
using YarpWs.Gateway.Forwarding;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// Follows a WebSocket from the moment its handshake is accepted until it is over: it stands in the table, the wheel watches its deadlines,
/// and its client is told when the gateway stops.
/// </summary>
internal sealed class SocketObservation(
    RequestDelegate next,
    SocketTable table,
    DeadlineWheel wheel,
    AccessLog accessLog,
    GatewayMetrics metrics,
    RouteSocketOptions options,
    TimeProvider time,
    IHostApplicationLifetime lifetime)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (!Handshake.Is(context))
        {
            await next(context);
            return;
        }

        LiveSocket? socket = null;
        CancellationTokenRegistration stopping = default;
        var upgrade = SocketUpgrade.Install(context.Features, Open);
        try
        {
            await next(context);
        }
        finally
        {
            upgrade.Restore();
            await stopping.DisposeAsync();
            if (socket is not null)
            {
                await socket.EndAsync();
                Close(context, socket);
            }
        }

        Stream Open(Stream client)
        {
            socket = new LiveSocket(OriginOf(context), client, wheel, options.Of(context.GetReverseProxyFeature().Route), time, context.Abort);
            Opened(context, socket);
            stopping = lifetime.ApplicationStopping.UnsafeRegister(static socket => ((LiveSocket)socket!).Close(SocketClose.ServiceRestart), socket);
            return socket.Stream;
        }
    }

    private void Opened(HttpContext context, LiveSocket socket)
    {
        context.Features.Set(socket);
        table.Add(socket);
        metrics.SocketOpened(socket);
        accessLog.SocketOpened(context, socket);
    }

    private void Close(HttpContext context, LiveSocket socket)
    {
        table.Remove(socket);
        var duration = time.GetElapsedTime(socket.OpenedAt);
        metrics.SocketClosed(socket, duration);
        accessLog.SocketClosed(context, socket, duration);
    }

    private SocketOrigin OriginOf(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        return new SocketOrigin
        {
            Id = table.NextId(),
            Route = proxy.Route.Config.RouteId,
            Destination = proxy.ProxiedDestination!.DestinationId,
            Path = AccessLog.PathOf(context),
            ClientAddress = context.Features.GetRequiredFeature<Client>().Address?.ToString(),
            Login = Login.Of(context.User),
        };
    }
}
