using Yarp.ReverseProxy.Configuration;

namespace YarpWs.Gateway.Routes;

/// <summary><c>GET /routes</c>: what runs, since when and by what means, and what was refused. Values of transforms may be secrets and are not shown.</summary>
internal sealed class RoutePages(RouteTable table)
{
    public Task AnswerAsync(HttpContext context, string rest) => (context.Request.Method, rest) switch
    {
        ("GET" or "HEAD", "") => ShowAsync(context),
        _ => Refusal.WriteAsync(context, StatusCodes.Status404NotFound, "Here is GET /routes."),
    };

    private Task ShowAsync(HttpContext context)
    {
        var state = table.State;
        return context.Response.WriteAsJsonAsync(
            new
            {
                revision = state.Running.Text.Hash,
                since = state.Since,
                by = state.Means.ToString(),
                files = state.Running.Text.Files.Select(file => file.Name),
                warnings = state.Running.Diagnostics.Select(diagnostic => diagnostic.ToString()),
                routes = state.Running.Routes.Select(View),
                clusters = state.Running.Clusters.Select(View),
                refused = state.Refused is { } refused
                    ? new { revision = refused.Content.Text.Hash, at = refused.At, diagnostics = refused.Content.Diagnostics.Select(diagnostic => diagnostic.ToString()) }
                    : null,
            },
            context.RequestAborted);
    }

    private static object View(RouteConfig route) => new
    {
        id = route.RouteId,
        cluster = route.ClusterId,
        order = route.Order,
        path = route.Match.Path,
        hosts = route.Match.Hosts,
        methods = route.Match.Methods,
        authorizationPolicy = route.AuthorizationPolicy,
        corsPolicy = route.CorsPolicy,
    };

    private static object View(ClusterConfig cluster) => new
    {
        id = cluster.ClusterId,
        loadBalancingPolicy = cluster.LoadBalancingPolicy,
        destinations = cluster.Destinations?.ToDictionary(destination => destination.Key, destination => destination.Value.Address),
    };
}
