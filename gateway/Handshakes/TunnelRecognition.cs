using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Handshakes;

/// <summary>
/// Marks the requests that ask for a protocol which their route names beside websocket. Any other upgrade is passed over (RFC 9110, section 7.8), and the
/// request goes on as a plain one: the proxy would open a tunnel to a destination that agrees, SPDY for one, without Origin check, limits, expiry,
/// revocation and drain.
/// </summary>
internal sealed class TunnelRecognition(RequestDelegate next, GatewayMetrics metrics, TimeProvider time)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Headers.Upgrade.Count == 0 || context.IsHandshake())
        {
            return next(context);
        }

        if (context.GetEndpoint()?.Metadata.GetMetadata<RouteUpgrades>()?.ChosenOf(context) is { } protocol)
        {
            var handshake = new Handshake(time.GetTimestamp(), IsExtendedConnect: false, protocol);
            context.Features.Set(handshake);
            context.Request.Headers.Upgrade = protocol;

            // Unlike a socket's client, a tunnel's may end its sending side and read on.
            return HandshakeRecognition.CountAsync(context, handshake, next, metrics, time);
        }

        context.Request.Headers.Remove(HeaderNames.Upgrade);
        context.Features.Set<IHttpUpgradeFeature>(null);
        return next(context);
    }
}
