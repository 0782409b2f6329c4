using Yarp.ReverseProxy.Configuration;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Routes.Locations;

/// <summary>One place of a server's paths, with the routes that answer there. Does not change once it stands in its level.</summary>
internal sealed class Location
{
    private readonly List<LocatedRoute> _routes;

    public Location(LocationPattern pattern, IEnumerable<LocatedRoute> routes)
    {
        Pattern = pattern;
        _routes = [.. routes.OrderBy(route => route.Config.Match.Methods is { Count: > 0 } || route.Condition is not null ? 0 : 1).ThenBy(route => route.Config.Order ?? 0)];
    }

    public LocationPattern Pattern { get; }

    /// <summary>As written.</summary>
    public string Text => _routes[0].Location.Location;

    /// <summary>The lowest of its routes, by which expressions are ordered.</summary>
    public int Order => _routes.Min(route => route.Config.Order ?? 0);

    /// <summary>What stands in it; null when nothing does.</summary>
    public LocationLevel? Nested { get; init; }

    /// <summary>How many characters of a path that takes it are its own text; 0 for an expression.</summary>
    public int PrefixLength => Pattern.Kind is LocationKind.Expression or LocationKind.Named or LocationKind.First ? 0 : Pattern.Text.Length;

    /// <summary>Whether a path that lacks the last slash alone is led here, with 301: nginx does so where requests are forwarded.</summary>
    public bool LeadsToSlash => PrefixLength > 1 && Pattern.Text.EndsWith('/') && _routes.Exists(route => route.Config.ClusterId is not null);

    /// <summary>The route for a request: those that name methods or a condition first. Null when all do, and none takes this one.</summary>
    /// <param name="context">The request.</param>
    /// <param name="captures">What the groups of its condition's expression have caught; null without one.</param>
    /// <exception cref="System.Text.RegularExpressions.RegexMatchTimeoutException">The expression of a condition has taken too long.</exception>
    public LocatedRoute? For(HttpContext context, out Captures? captures)
    {
        captures = null;
        foreach (var route in _routes)
        {
            if ((route.Config.Match.Methods is not { Count: > 0 } methods || methods.Contains(context.Request.Method, StringComparer.OrdinalIgnoreCase)) && route.Condition?.Holds(context, out captures) != false)
            {
                return route;
            }
        }

        return null;
    }

    /// <summary>Answers with the address that has the slash, under all else that holds for the route.</summary>
    public Endpoint ToSlash(LocatedRoute route) => new(LeadToSlashAsync, route.Endpoint.Metadata, route.Endpoint.DisplayName);

    private Task LeadToSlashAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
        context.Response.Headers.Location = OwnAddress.Of(context, $"{NormalizedPath.Encode(Pattern.Text)}{context.Request.QueryString.Value}");
        return Task.CompletedTask;
    }
}

/// <summary>A route that is a location.</summary>
/// <param name="Config">The route.</param>
/// <param name="Location">Which location it is.</param>
/// <param name="Endpoint">What answers.</param>
internal sealed record LocatedRoute(RouteConfig Config, RouteLocation Location, Endpoint Endpoint)
{
    /// <summary>The condition under which it takes a request; null for none.</summary>
    public RequestCondition? Condition { get; } = Location.When is { } when ? RequestCondition.Parse(when) : null;
}
