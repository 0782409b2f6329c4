using Yarp.ReverseProxy.Forwarder;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Routes;

/// <summary>
/// Counts what becomes of each request that a route was found for and that was let in, if it says something about the route: a good answer, or
/// a failure of its destinations. What a client causes by itself is neither: a 4xx, a refused upgrade, going away, a limit.
/// </summary>
internal sealed class RouteOutcome(RequestDelegate next, RouteTally tally)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (Handshake.Of(context) is { } handshake)
        {
            // A handshake that is accepted is decided when it is answered: its request may last as long as its socket.
            var accepted = handshake.IsExtendedConnect ? StatusCodes.Status200OK : StatusCodes.Status101SwitchingProtocols;
            context.Response.OnStarting(() =>
            {
                if (context.Response.StatusCode == accepted)
                {
                    Count(context, DestinationFailure.None);
                }

                return Task.CompletedTask;
            });
        }

        await next(context);
        if (context.RequestAborted.IsCancellationRequested || context.Features.Get<LiveSocket>() is not null)
        {
            return;
        }

        if (FailureOf(context) is not DestinationFailure.None and var failure)
        {
            Count(context, failure);
        }
        else if (!context.IsHandshake() && context.Response.StatusCode < StatusCodes.Status400BadRequest)
        {
            Count(context, DestinationFailure.None);
        }
    }

    private void Count(HttpContext context, DestinationFailure failure) =>
        tally.Count(context.GetReverseProxyFeature().Route.Config.RouteId, ClientKey.Of(context), failure);

    private static DestinationFailure FailureOf(HttpContext context)
    {
        var error = context.GetForwarderErrorFeature()?.Error;
        return error switch
        {
            // None is healthy: not when the operator has taken the last one out.
            ForwarderError.NoAvailableDestinations => context.GetReverseProxyFeature().Route.Cluster!.DestinationsState.AvailableDestinations.Count == 0 ? DestinationFailure.NotReached : DestinationFailure.None,

            // A handshake that was given up (HandshakeRetry): the proxy takes the deadline for the client's going away.
            ForwarderError.RequestCanceled => context.Response.StatusCode == StatusCodes.Status504GatewayTimeout ? DestinationFailure.NoAnswer : DestinationFailure.None,

            // An answer. That of the gateway's own says nothing.
            null => context.Response.StatusCode >= StatusCodes.Status500InternalServerError && IsAnswerOfDestination(context) ? DestinationFailure.NoAnswer : DestinationFailure.None,
            _ => DestinationFailures.Of(context),
        };
    }

    private static bool IsAnswerOfDestination(HttpContext context) =>
        context.GetReverseProxyFeature().ProxiedDestination is not null && Refusal.ReasonOf(context) == RefusalReason.Destination;
}
