using Yarp.ReverseProxy.Forwarder;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>Answers 503 where no destination is left, as the proxy would, but without its two lines in the log about each request.</summary>
internal sealed class NoDestination(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetReverseProxyFeature().AvailableDestinations.Count > 0)
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Features.Set<IForwarderErrorFeature>(new Error());
        return Task.CompletedTask;
    }

    private sealed class Error : IForwarderErrorFeature
    {
        ForwarderError IForwarderErrorFeature.Error => ForwarderError.NoAvailableDestinations;

        public Exception? Exception => null;
    }
}
