using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Draining;
using YarpWs.Gateway.Sockets.Frames;
using YarpWs.Gateway.Sockets.Limits;
using YarpWs.Gateway.Telemetry;
using YarpWs.Gateway.Telemetry.AccessLogs;
using YarpWs.Platform.Telemetry;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Handshakes;

/// <summary>
/// Runs a WebSocket, or a tunnel, from the moment its handshake is accepted until it is over: it stands in the table, the wheel watches its deadlines,
/// and its end is counted. A socket whose client's connection could be taken from the server outlives its request; any other keeps it.
/// </summary>
internal sealed class SocketRun(
    RequestDelegate next,
    SocketTable table,
    DetachedSockets detached,
    DestinationLoad load,
    DeadlineWheel wheel,
    SocketLog log,
    NamedLogs logs,
    SocketTotals totals,
    EndedSockets ended,
    GatewayMetrics handshakes,
    SocketMetrics metrics,
    FailureStreak health,
    RouteSocketSettings options,
    LateSockets late,
    TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context)
    {
        OpenSocket? open = null;
        var upgrade = SocketUpgrade.Install(context.Features, async client =>
        {
            open = await OpenAsync(context, client);
            if (!open.IsDetached)
            {
                await RunAsync(open);
            }
        });
        try
        {
            await next(context);
        }
        finally
        {
            upgrade.Restore();
            if (open is { IsDetached: true })
            {
                Detach(open);
            }
        }
    }

    private async Task<OpenSocket> OpenAsync(HttpContext context, Stream client)
    {
        Stream? backend = null;
        LiveSocket? socket = null;
        try
        {
            var attempt = context.Features.GetRequiredFeature<HandshakeAttempt>();
            var extensions = AgreedExtensions.Read(context.Response.Headers.SecWebSocketExtensions);
            backend = await attempt.TakeConnectionAsync();
            Action abort = context.Abort;
            if ((client as LoopStream ?? (client as TlsStream)?.Below) is { } direct)
            {
                abort = direct.Abort;
                (backend as LoopStream)?.Join(direct);
                direct.Belong(context.Request.Path);
            }

            // Those of one path are most likely one group, to which the backend writes all at once.
            (backend as LoopStream)?.Belong(context.Request.Path);

            var proxy = context.GetReverseProxyFeature();
            var slot = context.Features.GetRequiredFeature<SocketSlot>();
            var ends = new SocketEnds(client, backend, extensions, abort)
            {
                EndSendingToClient = SendingSide.EndOf(context, client),
            };
            socket = new LiveSocket(OriginOf(context), ends, options.Of(proxy.Route), wheel, time, Random.Shared.NextDouble(), slot.Messages, metrics);
            Opened(context, socket);
            return new OpenSocket(socket, slot, proxy.Route.Cluster!, proxy.ProxiedDestination!, HeldPermits.PassOn(context));
        }
        catch
        {
            // Both are this method's until the socket runs. One that is not in the request's features leaves its slot to Admission.
            if (socket is not null)
            {
                socket.End();
                table.Remove(socket);
                context.Features.Set<LiveSocket>(null);
            }

            await client.DisposeAsync();
            if (backend is not null)
            {
                await backend.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>By now the proxy has stopped counting the request, and nothing here holds it.</summary>
    private void Detach(OpenSocket open)
    {
        load.Stay(open.Destination);
        detached.Run(async () =>
        {
            try
            {
                await RunAsync(open);
            }
            finally
            {
                load.Leave(open.Destination);
            }
        });
    }

    private async Task RunAsync(OpenSocket open)
    {
        var socket = open.Socket;
        try
        {
            late.Opened(socket);
            await (socket.Origin.IsTunnel ? TunnelRelay.RunAsync(socket) : SocketRelay.RunAsync(socket));
        }
        finally
        {
            socket.End();
            Closed(open);
            await socket.Client.Stream.DisposeAsync();
            open.Slot.Dispose();
            open.ReleasePermits?.Invoke();
        }
    }

    private void Opened(HttpContext context, LiveSocket socket)
    {
        context.Features.Set(socket);
        RequestMetrics.LeaveOut(context);
        context.Features.Get<HandshakeTurn>()?.End();
        health.Accepted(context.GetReverseProxyFeature().ProxiedDestination!);
        table.Add(socket);
        handshakes.HandshakeAccepted(time.GetElapsedTime(context.Features.GetRequiredFeature<Handshake>().StartedAt));
        metrics.Opened(socket);
        log.Opened(socket);
    }

    private void Closed(OpenSocket open)
    {
        var socket = open.Socket;
        var duration = time.GetElapsedTime(socket.OpenedAt);

        // Who looks for it finds it at every moment.
        ended.Add(socket, duration);
        totals.End(socket);
        health.Ended(socket, open.Cluster, open.Destination);
        metrics.Closed(socket, duration);
        log.Closed(socket, duration);
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
            Path = LogText.PathOf(context),
            Protocol = context.Features.GetRequiredFeature<Handshake>().Protocol,
            ClientAddress = context.Features.GetRequiredFeature<Client>().Address?.ToString(),
            Policy = proxy.Route.Config.AuthorizationPolicy,
            Login = Login.OfAdmitted(context),
            TraceId = LogText.TraceId,
            Logs = (context.GetEndpoint()?.Metadata.GetMetadata<ChosenLogs>() ?? logs.Default).Open(context),
        };
    }

    /// <summary>A socket, and what it has to give back.</summary>
    private sealed record OpenSocket(LiveSocket Socket, SocketSlot Slot, ClusterState Cluster, DestinationState Destination, Action? ReleasePermits)
    {
        /// <summary>Whether nothing of the request stands between the socket and its client.</summary>
        public bool IsDetached => Socket.Client.Stream is LoopStream or TlsStream;
    }
}
