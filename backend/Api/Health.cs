using Microsoft.Extensions.Options;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Rooms;
using YarpWs.Backend.Telemetry;
using YarpWs.Platform.Jwt;

namespace YarpWs.Backend.Api;

/// <summary><c>/livez</c>: the process answers. <c>/readyz</c>: it serves clients, or which part keeps it from that. <c>/metrics</c>: what it has measured.</summary>
internal static class Health
{
    private const string Ready = "ready";
    private const string Authentication = "authentication";
    private const string Alive = "/livez";
    private const string Serves = "/readyz";
    private const string Metrics = "/metrics";

    /// <summary>Whether a request asks for the state of the process: neither traced nor counted as traffic.</summary>
    public static bool IsProbe(HttpContext context) => context.Request.Path.Value is Alive or Serves or Metrics;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Alive, () => Results.Text("alive\n")).AllowAnonymous().DisableHttpMetrics().ExcludeFromDescription();
        routes.MapGet(Serves, (ConnectionTable connections, RedisHealth redis, TokenIssuers issuers, IOptions<PlainOptions> plain) =>
        {
            var parts = Parts(connections, redis, issuers);

            // Where nobody need log in, keys that are missing keep nobody out.
            var isReady = parts.All(part => part.Value == Ready || (part.Key == Authentication && plain.Value.AllowAnonymous));
            return Results.Json(
                new { status = isReady ? Ready : "not ready", parts },
                statusCode: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        }).AllowAnonymous().DisableHttpMetrics().ExcludeFromDescription();
        routes.MapPrometheusScrapingEndpoint(Metrics).AllowAnonymous().DisableHttpMetrics();

        var services = routes.ServiceProvider;
        services.GetRequiredService<BackendMetrics>().ObserveReadiness(
            () => Parts(services.GetRequiredService<ConnectionTable>(), services.GetRequiredService<RedisHealth>(), services.GetRequiredService<TokenIssuers>()).Select(part => (part.Key, part.Value == Ready)));
    }

    private static Dictionary<string, string> Parts(ConnectionTable connections, RedisHealth redis, TokenIssuers issuers) => new()
    {
        [Authentication] = issuers.Missing ?? Ready,
        ["connections"] = connections.IsDraining ? "stopping" : Ready,
        ["redis"] = redis.State,
    };
}
