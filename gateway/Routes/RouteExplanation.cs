using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Routing.Template;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Routes.Locations;
using YarpWs.Gateway.Routes.Text;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes;

/// <summary>Says where a request would go. The platform's own routing decides; only the reasons why others were passed over are found here.</summary>
internal sealed class RouteExplanation(IServiceProvider services, IProxyStateLookup proxy, RunningLocations locations)
{
    private readonly Lazy<RequestDelegate> _routing = new(() =>
    {
        var routing = new ApplicationBuilder(services);
        routing.UseRouting();
        routing.Run(_ => Task.CompletedTask);

        // Nothing gets this far; it is how routing is told of the routes, and those that it knows already it leaves alone.
        routing.UseEndpoints(endpoints =>
        {
            foreach (var source in ((CompositeEndpointDataSource)services.GetRequiredService<EndpointDataSource>()).DataSources.ToList())
            {
                endpoints.DataSources.Add(source);
            }
        });
        return routing.Build();
    });

    public async Task<ExplainedRoute> OfAsync(ExplainedRequest request, CheckedRoutes content)
    {
        var context = request.ToContext(services);
        var located = locations.Table is { IsEmpty: false } table ? table.Find(context) : null;
        if (located is null)
        {
            await _routing.Value(context);
        }

        var found = located is not null ? located.Route?.Config : context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>()?.Config;
        return new ExplainedRoute(
            found?.RouteId,
            found?.ClusterId,
            found?.AuthorizationPolicy ?? (found is null ? null : "default"),
            found?.CorsPolicy,
            found?.Transforms?.Select(transform => string.Join(" ", transform.Keys)).ToList() ?? [],
            found?.ClusterId is { } cluster && proxy.TryGetCluster(cluster, out var state)
                ? state.Destinations.Values.OrderBy(destination => destination.DestinationId, StringComparer.Ordinal).Select(Describe).ToList()
                : [],
            content.Routes.Where(route => route.RouteId != found?.RouteId).Select(route => new PassedOver(route.RouteId, LocationReasons.WhyNot(route, located) ?? WhyNot(route, found, context))).ToList(),
            located is null ? null : LocationReasons.Why(located));
    }

    private static string Describe(DestinationState destination) =>
        $"{destination.DestinationId}: {UnixHost.Shown(destination.Model.Config.Address)} ({(destination.Health.Active == DestinationHealth.Unhealthy || destination.Health.Passive == DestinationHealth.Unhealthy ? "unhealthy" : "usable")})";

    private static string WhyNot(RouteConfig route, RouteConfig? found, HttpContext context)
    {
        var (match, request) = (route.Match, context.Request);
        if (match.Path is { Length: > 0 } path && !MatchesPath(path, request.Path))
        {
            return path.Contains('{', StringComparison.Ordinal)
                ? $"the path {request.Path} does not fit {path}."
                : $"the path {request.Path} is not {path}, and a path without a parameter matches itself alone.";
        }

        if (match.Hosts is { Count: > 0 } hosts && !hosts.Any(host => MatchesHost(host, request.Host)))
        {
            return $"the host {request.Host} is none of {string.Join(", ", hosts)}.";
        }

        if (match.Methods is { Count: > 0 } methods && !methods.Contains(request.Method, StringComparer.OrdinalIgnoreCase))
        {
            return $"the method {request.Method} is none of {string.Join(", ", methods)}.";
        }

        if (match.Headers is { Count: > 0 } && found?.RouteId != route.RouteId && match.Headers.FirstOrDefault(header => !request.Headers.ContainsKey(header.Name)) is { } missing)
        {
            return $"the request has no header {missing.Name}.";
        }

        if (match.QueryParameters?.FirstOrDefault(parameter => !request.Query.ContainsKey(parameter.Name)) is { } absent)
        {
            return $"the request has no parameter {absent.Name}.";
        }

        return (found?.Order ?? 0).CompareTo(route.Order ?? 0) switch
        {
            _ when found is null => "a header or parameter has another value.",
            < 0 => $"it would fit, but '{found.RouteId}' goes first by its Order {found.Order ?? 0}, before {route.Order ?? 0}.",
            _ => $"a header or parameter has another value, or '{found.RouteId}' fits more closely.",
        };
    }

    private static bool MatchesPath(string pattern, PathString path)
    {
        var parsed = RoutePatternFactory.Parse(pattern);
        return new TemplateMatcher(new RouteTemplate(parsed), new RouteValueDictionary(parsed.Defaults)).TryMatch(path, []);
    }

    private static bool MatchesHost(string pattern, HostString host)
    {
        var expected = HostString.FromUriComponent(pattern);
        return (expected.Port is null || expected.Port == host.Port)
            && (expected.Host == "*" || expected.Host.Equals(host.Host, StringComparison.OrdinalIgnoreCase)
                || (expected.Host.StartsWith("*.", StringComparison.Ordinal) && host.Host.EndsWith(expected.Host[1..], StringComparison.OrdinalIgnoreCase)));
    }
}

/// <summary>Where a request goes, and why nowhere else.</summary>
/// <param name="Route">Null when no route fits: the answer is 404.</param>
/// <param name="Cluster">Where the route leads.</param>
/// <param name="AuthorizationPolicy">Who is let in; a route that names none is closed to everybody without a valid token.</param>
/// <param name="CorsPolicy">What browsers are told.</param>
/// <param name="Transforms">What is changed on the way, without the values.</param>
/// <param name="Destinations">Who may get it.</param>
/// <param name="PassedOver">The other routes.</param>
/// <param name="Location">Which location of which server it is, and by which rule; null where no server was asked.</param>
internal sealed record ExplainedRoute(
    string? Route,
    string? Cluster,
    string? AuthorizationPolicy,
    string? CorsPolicy,
    IReadOnlyList<string> Transforms,
    IReadOnlyList<string> Destinations,
    IReadOnlyList<PassedOver> PassedOver,
    string? Location = null);

internal sealed record PassedOver(string Route, string Why);
