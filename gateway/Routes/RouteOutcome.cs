using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Routes;

/// <summary>Counts what becomes of each request that a route was found for and that was let in: answered, or failed.</summary>
internal sealed class RouteOutcome(RequestDelegate next, RouteTally tally)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var route = context.GetReverseProxyFeature().Route.Config.RouteId;
        if (Handshake.Of(context) is not { } handshake)
        {
            await next(context);
            Count(context, route, context.Response.StatusCode >= StatusCodes.Status500InternalServerError);
            return;
        }

        // A handshake is decided when it is answered, not when its socket ends.
        var isCounted = false;
        context.Response.OnStarting(() =>
        {
            CountOnce(context.Response.StatusCode != (handshake.IsExtendedConnect ? StatusCodes.Status200OK : StatusCodes.Status101SwitchingProtocols));
            return Task.CompletedTask;
        });
        await next(context);
        CountOnce(context.Features.Get<LiveSocket>() is null);

        void CountOnce(bool hasFailed)
        {
            if (!isCounted)
            {
                isCounted = true;
                Count(context, route, hasFailed);
            }
        }
    }

    /// <summary>Whoever hangs up while waiting, or is one too many, says nothing about the route.</summary>
    private void Count(HttpContext context, string route, bool hasFailed)
    {
        if (!context.RequestAborted.IsCancellationRequested && !(hasFailed && Refusal.ReasonOf(context) == RefusalReason.Limit))
        {
            tally.Count(route, hasFailed);
        }
    }
}
