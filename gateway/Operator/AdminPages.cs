using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Edge;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Errors;

namespace YarpWs.Gateway.Operator;

/// <summary>What the admin port answers. Everything else on it is 404, and nothing of it is reachable from the public listeners.</summary>
internal static class AdminPages
{
    public static void Map(IApplicationBuilder admin)
    {
        // A page may walk through every socket there is; the loop that has read the request has others to serve.
        admin.Use(async (context, next) =>
        {
            await Task.Yield();
            await next(context);
        });
        admin.UseErrorBodies(Refusal.SentenceOf, ErrorBody.WriteAsync);
        admin.Use((context, next) =>
        {
            if (!IsAddressedHere(context))
            {
                return Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, "Ask this port by its address, or allow more with Admin:AllowRemote.");
            }

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

    /// <summary>
    /// A page in the operator's browser can have its own name point at this machine and would then count as of one origin with this port.
    /// It cannot do that with an address.
    /// </summary>
    private static bool IsAddressedHere(HttpContext context) =>
        context.RequestServices.GetRequiredService<IOptions<AdminOptions>>().Value.AllowRemote
        || context.Request.Host.Host is "localhost"
        || IPAddress.TryParse(context.Request.Host.Host, out _);

    private static Task AnswerAsync(HttpContext context)
    {
        var response = context.Response;
        switch (context.Request.Path.Value)
        {
            case { } path when AdminSite.Has(path):
                return AdminSite.AnswerAsync(context);
            case "/events":
                return context.RequestServices.GetRequiredService<EventPage>().AnswerAsync(context);
            case "/history":
                return context.RequestServices.GetRequiredService<HistoryPage>().AnswerAsync(context);
            case "/refusals":
                return context.RequestServices.GetRequiredService<RefusalPage>().AnswerAsync(context);
            case "/limits":
                return context.RequestServices.GetRequiredService<LimitPage>().AnswerAsync(context);
            case "/livez":
                return response.WriteAsync("alive\n", context.RequestAborted);
            case "/readyz":
                var report = context.RequestServices.GetRequiredService<Readiness>().Report();
                response.StatusCode = report.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                return response.WriteAsJsonAsync(new { status = report.IsReady ? Readiness.Ready : "not ready", parts = report.Parts }, context.RequestAborted);
            case { } path when path == "/sockets" || path.StartsWith("/sockets/", StringComparison.Ordinal):
                return context.RequestServices.GetRequiredService<SocketPages>().AnswerAsync(context, path["/sockets".Length..]);
            case { } path when path == "/destinations" || path.StartsWith("/destinations/", StringComparison.Ordinal):
                return context.RequestServices.GetRequiredService<DestinationPages>().AnswerAsync(context, path["/destinations".Length..]);
            case "/cache":
                return context.RequestServices.GetRequiredService<CachePage>().AnswerAsync(context);
            case "/revocations":
                return context.RequestServices.GetRequiredService<RevocationPages>().AnswerAsync(context);
            case "/certificates":
                return context.RequestServices.GetRequiredService<CertificatePages>().AnswerAsync(context);
            case { } path when path == "/routes" || path.StartsWith("/routes/", StringComparison.Ordinal):
                return context.RequestServices.GetRequiredService<RoutePages>().AnswerAsync(context, path["/routes".Length..]);
            default:
                return Refusal.WriteAsync(
                    context,
                    StatusCodes.Status404NotFound,
                    "This port answers /, /events, /history, /livez, /readyz, /metrics, /routes, /sockets, /destinations, /limits, /refusals, /cache, /revocations and /certificates.");
        }
    }
}
