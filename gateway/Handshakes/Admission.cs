using Microsoft.AspNetCore.Http.Features;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway.Handshakes;

/// <summary>
/// Lets a handshake in when there is a slot for its socket and its route's rate allows it, or answers 429 or 503 before a destination is
/// looked for. The slot is given back when the request is over, or, when a socket has come of it, by <see cref="SocketRun"/>, when that is.
/// </summary>
internal sealed class Admission(RequestDelegate next, SocketLimits limits, RouteSocketSettings options)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var route = context.GetReverseProxyFeature().Route;
        var (slot, refusal) = limits.Enter(new LimitSubject(
            route.Config.RouteId, options.Of(route), Login.OfAdmitted(context), context.Features.GetRequiredFeature<Client>().Address));
        if (refusal is null && (refusal = limits.Pass(route.Config.RouteId, options.Of(route))) is not null)
        {
            slot!.Dispose();
        }

        if (refusal is not null)
        {
            await refusal.WriteAsync(context);
            return;
        }

        context.Features.Set(slot);
        try
        {
            await next(context);
        }
        finally
        {
            if (context.Features.Get<LiveSocket>() is null)
            {
                slot!.Dispose();
            }
        }
    }
}
