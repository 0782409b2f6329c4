using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway.Handshakes;

/// <summary>
/// Holds the further tries of handshakes to their route's <see cref="LimitOptions.HandshakesPerSecond"/>, because what the rate promises is
/// what the destinations see. The first try was counted by <see cref="Admission"/>, before anything was done about destinations.
/// </summary>
internal sealed class HandshakePace(RequestDelegate next, SocketLimits limits, RouteSocketSettings options)
{
    public Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        return context.Features.Get<HandshakeAttempt>() is { IsFirst: false }
            && limits.Pass(proxy.Route.Config.RouteId, options.Of(proxy.Route)) is { } refusal
            ? refusal.WriteAsync(context)
            : next(context);
    }
}
