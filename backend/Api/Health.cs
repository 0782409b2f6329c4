using YarpWs.Backend.Connections;
using YarpWs.Backend.Redis;

namespace YarpWs.Backend.Api;

/// <summary><c>/livez</c>: the process answers. <c>/readyz</c>: it serves clients, or which part keeps it from that.</summary>
internal static class Health
{
    private const string Ready = "ready";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/livez", () => Results.Text("alive\n")).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/readyz", (ConnectionTable connections, RedisHealth redis) =>
        {
            var parts = new Dictionary<string, string>
            {
                ["connections"] = connections.IsDraining ? "stopping" : Ready,
                ["redis"] = redis.State,
            };
            var isReady = parts.Values.All(state => state == Ready);
            return Results.Json(
                new { status = isReady ? Ready : "not ready", parts },
                statusCode: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        }).AllowAnonymous().ExcludeFromDescription();
    }
}
