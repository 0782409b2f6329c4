using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway.Handshakes;

/// <summary>
/// Holds the handshakes of a route to its <see cref="LimitOptions.HandshakesPerSecond"/>. It stands behind the retries and the balancing: a
/// handshake that is tried on a second destination counts twice, and one for which there is no destination does not count, because what
/// the rate promises is what the destinations see.
/// </summary>
internal sealed class HandshakePace(RequestDelegate next, SocketLimits limits, RouteSocketSettings options)
{
    public Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        return proxy.AvailableDestinations.Count > 0
            && limits.Pass(proxy.Route.Config.RouteId, options.Of(proxy.Route)) is { } refusal
            ? refusal.WriteAsync(context)
            : next(context);
    }
}
