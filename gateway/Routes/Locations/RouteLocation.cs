using System.Text.Json;
using Yarp.ReverseProxy.Configuration;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Locations;

/// <summary>
/// A route as a location of a server: what its <c>Match</c> and the server's settings say. The proxy has no place for it, so it goes with the route as one of its
/// <c>Metadata</c>: a change of either is a change of the route, and the table of locations follows from the routes alone.
/// </summary>
/// <param name="Id">The server's.</param>
/// <param name="Server">The server that it belongs to.</param>
/// <param name="Location">As written; empty for a route that is asked before all locations.</param>
/// <param name="Within">The route whose location it stands in; null for none.</param>
/// <param name="When">The condition under which it is this route's; null for none.</param>
internal sealed record RouteLocation(string Id, ServerSettings Server, string Location, string? Within, string? When = null)
{
    /// <summary>Its place in the metadata.</summary>
    private const string Key = "Location";

    /// <summary>What the proxy is told that a location matches; it never does, see <see cref="LocatedRoutes"/>.</summary>
    private const string AnyPath = "/{**location}";

    public static bool IsOn(RouteConfig route) => route.Metadata?.ContainsKey(Key) == true;

    /// <summary>Null for a route that is none.</summary>
    public static RouteLocation? Of(RouteConfig route) =>
        route.Metadata?.GetValueOrDefault(Key) is { } text ? JsonSerializer.Deserialize<RouteLocation>(text) : null;

    /// <summary>The routes as they are read, each location with what makes it one.</summary>
    public static IReadOnlyList<RouteConfig> Add(IReadOnlyList<RouteConfig> routes, Setting settings) =>
        settings.Find("ReverseProxy", "Servers") is null ? routes : [.. routes.Select(route => Read(route.RouteId, settings) is { } location ? location.AddTo(route) : route)];

    /// <summary>What the settings, which have been checked, say of a route; null where it is no location.</summary>
    private static RouteLocation? Read(string route, Setting settings)
    {
        var match = settings.Find("ReverseProxy", "Routes", route, "Match");
        return match?["Server"]?.Value is { } id && (match["Location"] ?? match["When"])?.Value is not null && settings.Find("ReverseProxy", "Servers", id) is { } server
            ? new RouteLocation(server.Name, ServerSettings.Read(server), match["Location"]?.Value ?? "", match["Within"]?.Value, match["When"]?.Value)
            : null;
    }

    public RouteConfig AddTo(RouteConfig route) => route with
    {
        Match = route.Match with { Path = AnyPath },
        Metadata = new Dictionary<string, string>(route.Metadata ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase) { [Key] = JsonSerializer.Serialize(this) },
    };
}
