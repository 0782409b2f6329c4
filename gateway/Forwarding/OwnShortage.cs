using System.Globalization;
using Yarp.ReverseProxy.Forwarder;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// Answers 503 where a request could not be sent because this process had no descriptor left for a connection. No destination was asked: none is marked for it, and
/// no other one is tried, which could not be asked either.
/// </summary>
/// <param name="next">The forwarder.</param>
internal sealed class OwnShortage(RequestDelegate next)
{
    /// <summary>By then some of those who are here may have gone.</summary>
    private const int RetryAfterSeconds = 5;

    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        if (context.Response.HasStarted || !Descriptors.AreShortIn(context.GetForwarderErrorFeature()?.Exception))
        {
            return;
        }

        context.Features.Set<IForwarderErrorFeature>(null);
        context.GetReverseProxyFeature().ProxiedDestination = null;
        context.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        await Refusal.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The gateway has no room for another connection now.", RefusalReason.Limit);
    }
}
