using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Draining;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Handshakes;

/// <summary>
/// Tries a handshake on another destination when one cannot be reached, does not answer in time, or turns it away with 502, 503 or
/// 504. A handshake has no body and opens nothing until it is accepted, so a second try is safe. The request for a tunnel may be of a method that
/// does something (RFC 9110, section 9.2.1), and is tried on another one only if none was reached.
/// </summary>
internal sealed class HandshakeRetry(
    RequestDelegate next,
    RouteSocketSettings options,
    DrainedDestinations drained,
    TimeProvider time,
    GatewayMetrics metrics,
    DestinationReport report)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        var settings = options.Of(proxy.Route);
        var untried = proxy.AvailableDestinations;
        for (var number = 1; ; number++)
        {
            proxy.AvailableDestinations = untried;
            if (!await TryAsync(context, settings.HandshakeTimeout, isFirst: number == 1, isLast: number == settings.HandshakeAttempts || untried.Count <= 1))
            {
                return;
            }

            report.HandshakeRetried(context);
            metrics.HandshakeRetried();
            untried = drained.Without(proxy.Cluster.Config.ClusterId, UntriedDestinations.Without(proxy, untried));
            UntriedDestinations.Forget(context);
        }
    }

    /// <summary>Returns whether another destination should be tried.</summary>
    private async Task<bool> TryAsync(HttpContext context, TimeSpan timeout, bool isFirst, bool isLast)
    {
        var client = context.RequestAborted;
        var isSafe = HttpMethods.IsGet(context.Request.Method) || Handshake.Of(context) is { IsTunnel: false };
        using var attempt = new HandshakeAttempt(timeout, time, isFirst, isLast || !isSafe, client);
        context.Features.Set(attempt);
        context.Features.Set(attempt.Outcome);
        context.RequestAborted = attempt.Aborted;
        try
        {
            await next(context);
        }
        finally
        {
            context.RequestAborted = client;
            context.Features.Set<HandshakeAttempt>(null);
            context.Features.Set<DestinationAttempt>(null);
        }

        if (attempt.IsLast && attempt.Outcome.IsTimedOut && !context.Response.HasStarted)
        {
            // The forwarder takes the deadline for the client's going away.
            context.Response.StatusCode = StatusCodes.Status504GatewayTimeout;
        }

        return !isLast && !context.Response.HasStarted && attempt.Outcome.FailureOf(context) switch
        {
            DestinationFailure.NotReached => true,
            DestinationFailure.NoAnswer => isSafe,
            _ => false,
        };
    }
}
