using Microsoft.AspNetCore.Http.Features;
using YarpWs.Gateway.Access;
using YarpWs.Gateway.Forwarding;

namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>
/// Lets a handshake in when there is a place for its socket, or answers 429 or 503 before anything is upgraded. The place is given back
/// when the request is over, or, when a socket has come of it, by <see cref="SocketObservation"/>, when that is.
/// </summary>
internal sealed class Admission(RequestDelegate next, SocketLimits limits, RouteSocketOptions options)
{
    public Task InvokeAsync(HttpContext context) => Handshake.Is(context) ? AdmitAsync(context) : next(context);

    private async Task AdmitAsync(HttpContext context)
    {
        var route = context.GetReverseProxyFeature().Route;
        var (place, refusal) = limits.Enter(new Applicant(
            route.Config.RouteId, options.Of(route), Login.Of(context.User), context.Features.GetRequiredFeature<Client>().Address));
        if (refusal is not null)
        {
            await refusal.WriteAsync(context);
            return;
        }

        context.Features.Set(place);
        try
        {
            await next(context);
        }
        finally
        {
            if (context.Features.Get<LiveSocket>() is null)
            {
                place!.Dispose();
            }
        }
    }
}
