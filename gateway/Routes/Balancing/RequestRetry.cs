using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// Tries a plain request on another destination when one fails before it answers. Any request, when the destination was not reached and there is
/// still all of its body; GET, HEAD and OPTIONS without a body also when it was, since they may be asked twice (RFC 9110, section 9.2.2). With
/// one destination alone those are asked there once more: the connection that ended had perhaps been kept too long. An answer, whatever its
/// status, is passed on.
/// </summary>
internal sealed class RequestRetry(RequestDelegate next, ClusterBalancing balancing, DestinationReport report)
{
    public Task InvokeAsync(HttpContext context) => RunAsync(context, context.GetReverseProxyFeature());

    private async Task RunAsync(HttpContext context, IReverseProxyFeature proxy)
    {
        var attempts = balancing.Of(proxy.Cluster).Attempts;
        var untried = proxy.AvailableDestinations;
        for (var number = 1; ; number++)
        {
            proxy.AvailableDestinations = untried;
            await next(context);
            if (number >= attempts || Next(context, proxy, untried, isFirst: number == 1) is not { Count: > 0 } left)
            {
                return;
            }

            report.Retried(context);
            untried = left;
            UntriedDestinations.Forget(context);
        }
    }

    /// <summary>Where to try next; null or empty when that is nowhere.</summary>
    private static IReadOnlyList<DestinationState>? Next(HttpContext context, IReverseProxyFeature proxy, IReadOnlyList<DestinationState> untried, bool isFirst)
    {
        // An answer that cannot be passed on is one all the same.
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested
            || context.GetForwarderErrorFeature() is not { Error: ForwarderError.Request or ForwarderError.RequestTimedOut } error)
        {
            return null;
        }

        return DestinationFailures.Of(context) switch
        {
            DestinationFailure.NotReached when context.Features.Get<SentBody>() is not { IsWhole: false } => UntriedDestinations.Without(proxy, untried),
            DestinationFailure.NoAnswer when MayBeAskedTwice(context) => isFirst && untried.Count == 1 && DestinationFailures.IsConnectionLost(error) ? untried : UntriedDestinations.Without(proxy, untried),
            _ => null,
        };
    }

    private static bool MayBeAskedTwice(HttpContext context)
    {
        var method = context.Request.Method;
        return (HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method))
            && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };
    }
}
