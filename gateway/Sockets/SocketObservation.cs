using Microsoft.AspNetCore.Http.Features;
using YarpWs.Gateway.Edge;

namespace YarpWs.Gateway.Sockets;

/// <summary>Follows a WebSocket from the moment its handshake is accepted until it is over, and says goodbye to its client when the gateway stops.</summary>
internal sealed class SocketObservation(
    RequestDelegate next,
    AccessLog accessLog,
    GatewayMetrics metrics,
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

        SocketStream? stream = null;
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
            if (stream is not null)
            {
                await stream.Goodbye;
                Close(context);
            }
        }

        Stream Open(Stream client)
        {
            var socket = Opened(context);
            stream = new SocketStream(client, socket);
            stopping = lifetime.ApplicationStopping.UnsafeRegister(static stream => ((SocketStream)stream!).SayGoodbye(), stream);
            return stream;
        }
    }

    private LiveSocket Opened(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        var socket = new LiveSocket(proxy.Route.Config.RouteId, proxy.ProxiedDestination!.DestinationId, time.GetTimestamp());
        context.Features.Set(socket);
        metrics.SocketOpened(socket);
        accessLog.SocketOpened(context, socket);
        return socket;
    }

    private void Close(HttpContext context)
    {
        var socket = context.Features.GetRequiredFeature<LiveSocket>();
        var duration = time.GetElapsedTime(socket.OpenedAt);
        metrics.SocketClosed(socket, duration);
        accessLog.SocketClosed(context, socket, duration);
    }
}
