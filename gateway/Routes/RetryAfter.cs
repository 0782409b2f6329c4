using System.Globalization;
using Yarp.ReverseProxy.Forwarder;
using YarpWs.Gateway.Routes.Balancing;

namespace YarpWs.Gateway.Routes;

/// <summary>
/// Tells the operator of what no destination could serve, and its client when to come back: soon at first, since health checks find a returning
/// destination within seconds, and later the longer it lasts and the more are told so, each a time of its own.
/// </summary>
internal sealed class RetryAfter(RequestDelegate next, DestinationReport report, Random random)
{
    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);

        if (context.GetForwarderErrorFeature() is not { Error: var error })
        {
            return;
        }

        var episode = error == ForwarderError.NoAvailableDestinations ? report.Refused(context.GetReverseProxyFeature().Cluster.Config.ClusterId)
            : DestinationFailures.Of(context) != DestinationFailure.None ? report.Failed(context)
            : default;
        if (!context.Response.HasStarted
            && context.Response.StatusCode is StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout)
        {
            context.Response.Headers.RetryAfter = RetryPause.For(episode.Age, episode.Times, random).ToString(CultureInfo.InvariantCulture);
        }
    }
}
