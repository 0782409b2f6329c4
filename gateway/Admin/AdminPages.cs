using Microsoft.AspNetCore.Http.Features;

namespace YarpWs.Gateway.Admin;

/// <summary>What the admin port answers. Everything else on it is 404, and nothing of it is reachable from the public listeners.</summary>
internal static class AdminPages
{
    public static void Map(IApplicationBuilder admin)
    {
        admin.Use((context, next) =>
        {
            // Probes and scrapes are not traffic.
            if (context.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
            {
                metrics.MetricsDisabled = true;
            }

            return next(context);
        });
        admin.UseOpenTelemetryPrometheusScrapingEndpoint();
        admin.Run(AnswerAsync);
    }

    private static Task AnswerAsync(HttpContext context)
    {
        var response = context.Response;
        switch (context.Request.Path.Value)
        {
            case "/livez":
                return response.WriteAsync("alive\n", context.RequestAborted);
            case "/readyz":
                var report = context.RequestServices.GetRequiredService<Readiness>().Report();
                response.StatusCode = report.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                return response.WriteAsJsonAsync(new { status = report.IsReady ? Readiness.Ready : "not ready", parts = report.Parts }, context.RequestAborted);
            default:
                response.StatusCode = StatusCodes.Status404NotFound;
                return response.WriteAsync("This port answers /livez, /readyz and /metrics.\n", context.RequestAborted);
        }
    }
}
