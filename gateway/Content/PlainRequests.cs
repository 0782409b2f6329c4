using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Content;

/// <summary>Makes plain requests of handshakes on a route that opens no WebSockets, because it says so or answers by itself: as nginx does where proxy_set_header Upgrade does not stand.</summary>
internal static class PlainRequests
{
    public static RequestDelegate Then(RequestDelegate next) => context =>
    {
        if (Handshake.Of(context) is not { } handshake)
        {
            return next(context);
        }

        if (handshake.IsExtendedConnect)
        {
            // There is no plain form of it (RFC 8441, section 4).
            return Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "No WebSocket is opened here.", RefusalReason.Route);
        }

        // Without this header nobody takes the request for a handshake any more.
        context.Request.Headers.Remove(HeaderNames.Upgrade);
        context.Features.Set<IHttpUpgradeFeature>(null);
        return next(context);
    };
}
