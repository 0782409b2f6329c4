using Microsoft.AspNetCore.Http.Features;

namespace YarpWs.Platform.Telemetry;

internal static class RequestMetrics
{
    /// <summary>
    /// Takes a request out of the platform's metrics: that of a WebSocket lasts as long as the socket, hours among milliseconds, and both processes count sockets themselves.
    /// To be called before its answer is over.
    /// </summary>
    public static void LeaveOut(HttpContext context)
    {
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
        {
            metrics.MetricsDisabled = true;
        }
    }
}
