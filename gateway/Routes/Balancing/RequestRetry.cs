using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// Tries a plain request on another destination when one cannot be reached or goes away before it answers: GET, HEAD and OPTIONS without a
/// body, which may be asked twice (RFC 9110, section 9.2.2). An answer, whatever its status, is passed on.
/// </summary>
internal sealed class RequestRetry(RequestDelegate next, ClusterBalancing balancing, ILogger<RequestRetry> logger)
{
    public Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        return proxy.AvailableDestinations.Count > 1 && MayBeAskedTwice(context) ? RunAsync(context, proxy) : next(context);
    }

    private async Task RunAsync(HttpContext context, IReverseProxyFeature proxy)
    {
        var attempts = balancing.Of(proxy.Cluster).Attempts;
        var untried = proxy.AvailableDestinations;
        for (var number = 1; ; number++)
        {
            proxy.AvailableDestinations = untried;
            await next(context);
            if (number >= attempts || untried.Count <= 1 || !HasNoAnswer(context))
            {
                return;
            }

            logger.RequestRetried(proxy.ProxiedDestination?.DestinationId, proxy.Route.Config.RouteId);
            untried = UntriedDestinations.After(context, untried);
        }
    }

    private static bool MayBeAskedTwice(HttpContext context)
    {
        var method = context.Request.Method;
        return (HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method))
            && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };
    }

    private static bool HasNoAnswer(HttpContext context) =>
        !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested && context.GetForwarderErrorFeature()?.Error == ForwarderError.Request;
}
