using Microsoft.AspNetCore.Http.Features;
using YarpWs.Gateway.Access;
using YarpWs.Gateway.Edge;
using YarpWs.Gateway.Forwarding;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Gateway.Sockets.Draining;
using YarpWs.Gateway.Sockets.Frames;
using YarpWs.Gateway.Sockets.Limits;
using YarpWs.Transport;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// Runs a WebSocket from the moment its handshake is accepted until it is over: it stands in the table, the wheel watches its deadlines,
/// and its end is counted.
/// </summary>
internal sealed class SocketObservation(
    RequestDelegate next,
    SocketTable table,
    DeadlineWheel wheel,
    AccessLog accessLog,
    SocketTotals totals,
    GatewayMetrics handshakes,
    SocketMetrics metrics,
    FailureStreak health,
    RouteSocketOptions options,
    LateSockets late,
    TimeProvider time)
{
    public Task InvokeAsync(HttpContext context) => Handshake.Is(context) ? ObserveAsync(context) : next(context);

    private async Task ObserveAsync(HttpContext context)
    {
        var upgrade = SocketUpgrade.Install(context.Features, client => RunAsync(context, client));
        try
        {
            await next(context);
        }
        finally
        {
            upgrade.Restore();
        }
    }

    private async Task RunAsync(HttpContext context, Stream client)
    {
        var attempt = context.Features.GetRequiredFeature<HandshakeAttempt>();
        var extensions = AgreedExtensions.Read(context.Response.Headers.SecWebSocketExtensions);
        var backend = await attempt.TakeConnectionAsync();
        Action abort = context.Abort;
        if (client is LoopStream direct)
        {
            abort = direct.Abort;
            (backend as LoopStream)?.Join(direct);
        }

        var ends = new SocketEnds(client, backend, extensions, abort);
        var limits = context.Features.GetRequiredFeature<SocketPlace>().Messages;
        var settings = options.Of(context.GetReverseProxyFeature().Route);
        var socket = new LiveSocket(OriginOf(context), ends, settings, wheel, time, Random.Shared.NextDouble(), limits, metrics);
        Opened(context, socket);
        try
        {
            late.Opened(socket);
            await SocketRelay.RunAsync(socket);
        }
        finally
        {
            socket.End();
            Closed(context, socket);
        }
    }

    private void Opened(HttpContext context, LiveSocket socket)
    {
        context.Features.Set(socket);
        health.Accepted(context.GetReverseProxyFeature().ProxiedDestination!);
        table.Add(socket);
        handshakes.HandshakeAccepted(time.GetElapsedTime(context.Features.GetRequiredFeature<HandshakeStart>().Timestamp));
        metrics.Opened(socket);
        accessLog.SocketOpened(context, socket);
    }

    private void Closed(HttpContext context, LiveSocket socket)
    {
        totals.End(socket);
        var duration = time.GetElapsedTime(socket.OpenedAt);
        metrics.Closed(socket, duration);
        accessLog.SocketClosed(context, socket, duration);
    }

    private SocketOrigin OriginOf(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        return new SocketOrigin
        {
            Id = table.NextId(),
            Route = proxy.Route.Config.RouteId,
            Cluster = proxy.Cluster.Config.ClusterId,
            Destination = proxy.ProxiedDestination!.DestinationId,
            Address = proxy.ProxiedDestination.Model.Config.Address,
            Path = AccessLog.PathOf(context),
            ClientAddress = context.Features.GetRequiredFeature<Client>().Address?.ToString(),
            Login = Login.Of(context.User),
        };
    }
}
