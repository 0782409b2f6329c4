using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway.Handshakes;

/// <summary>
/// Has handshakes wait for their turn (<see cref="HandshakeQueue"/>) before anything is done for them: neither a token is checked nor a
/// destination asked for one that comes too many.
/// </summary>
internal sealed class HandshakeGate(RequestDelegate next, HandshakeQueue queue, LimitReport report)
{
    public Task InvokeAsync(HttpContext context) =>
        context.IsHandshake() && context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is { Cluster: { } cluster } route ? EnterAsync(context, route, cluster) : next(context);

    private async Task EnterAsync(HttpContext context, RouteModel route, ClusterState cluster)
    {
        if (await queue.EnterAsync(cluster.ClusterId) is not { } turn)
        {
            report.Over(route.Config.RouteId, Limit.HandshakesUnderWay, LimitAction.Refused);
            await LimitRefusal.OfEverybody("The gateway is opening as many sockets as it can.", queue.Return()).WriteAsync(context);
            return;
        }

        context.Features.Set(turn);
        try
        {
            await next(context);
        }
        finally
        {
            turn.End();
        }
    }
}
