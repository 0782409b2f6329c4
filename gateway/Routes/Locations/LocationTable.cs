using System.Text.RegularExpressions;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Routes.Locations;

/// <summary>The servers and locations of the routes that run. Never changes; any thread.</summary>
internal sealed class LocationTable
{
    /// <summary>By port; 0 is any that is not named.</summary>
    private readonly Dictionary<int, ServerNames<LocatedServer>> _ports = [];

    /// <param name="endpoints">All that run; those of routes that are no location are left to the platform's routing.</param>
    public LocationTable(IEnumerable<Endpoint> endpoints)
    {
        var servers = endpoints
            .Select(endpoint => endpoint.Metadata.GetMetadata<RouteModel>()?.Config is { } config && RouteLocation.Of(config) is { } location ? new LocatedRoute(config, location, endpoint) : null)
            .OfType<LocatedRoute>()
            .GroupBy(route => route.Location.Id, StringComparer.OrdinalIgnoreCase)
            .Select(routes => (routes.First().Location.Server, new LocatedServer([.. routes])))
            .OrderBy(server => server.Server.Order)
            .ToList();
        if (servers.Count == 0)
        {
            return;
        }

        Files = [.. servers.SelectMany(server => server.Item2.Files)];

        foreach (var port in servers.SelectMany(server => server.Server.Ports ?? []).Append(0).Distinct())
        {
            _ports[port] = new(servers.Where(server => server.Server.Ports is not { Count: > 0 } ports || ports.Contains(port)));
        }
    }

    /// <summary>The files that conditions of its routes ask for.</summary>
    public IReadOnlyList<FilePresence> Files { get; } = [];

    /// <summary>Whether no route is a location.</summary>
    public bool IsEmpty => _ports.Count == 0;

    /// <summary>Returns null where no server takes the request, which is then the other routes'.</summary>
    /// <exception cref="RegexMatchTimeoutException">An expression has taken longer than <see cref="Expression.Deadline"/>.</exception>
    public LocatedRequest? Find(HttpContext context)
    {
        var names = _ports.GetValueOrDefault(context.Connection.LocalPort) ?? _ports[0];
        if (names.Find(context.Request.Host.Host.TrimEnd('.'), out var hostCaptures) is not { } server)
        {
            return null;
        }

        var path = NormalizedPath.Of(context);
        if (server.Maps is not null)
        {
            context.Features.Set(server.Maps);
        }

        Captures? captures = null;
        if (server.First is { } first && context.Features.Get<InternalRedirect>() is not { IsRewritten: true } && first.For(context, out captures) is { } early)
        {
            return new LocatedRequest(server, path, new LocationChoice(first, LocationReason.First, captures), early, hostCaptures);
        }

        var choice = server.Locations.Choose(path);
        var route = choice?.Location.For(context, out captures);
        return new LocatedRequest(server, path, captures is null ? choice : choice! with { Captures = captures }, route, hostCaptures);
    }
}

/// <summary>A server with its locations.</summary>
internal sealed class LocatedServer
{
    private readonly Dictionary<string, Location> _named = new(StringComparer.Ordinal);

    public LocatedServer(IReadOnlyList<LocatedRoute> routes)
    {
        Id = routes[0].Location.Id;
        Files = [.. routes.Select(route => route.Condition?.File).OfType<FilePresence>()];
        RelativeRedirects = routes[0].Location.Server.RelativeRedirects;
        Maps = routes[0].Location.Server.Maps is { Count: > 0 } maps ? new RequestMaps(maps) : null;
        var first = routes.Where(route => route.Location.Location.Length == 0).ToList();
        First = first.Count > 0 ? new Location(LocationPattern.First, first) : null;
        Locations = Level(routes.Where(route => route.Location.Location.Length > 0).ToLookup(route => route.Location.Within ?? "", StringComparer.OrdinalIgnoreCase), "");
    }

    public string Id { get; }

    /// <summary>The files that conditions ask for.</summary>
    public IReadOnlyList<FilePresence> Files { get; }

    /// <summary>Whether redirects to the slash of a path name no host.</summary>
    public bool RelativeRedirects { get; }

    public LocationLevel Locations { get; }

    /// <summary>What is asked before the locations; null where nothing is.</summary>
    public Location? First { get; }

    /// <summary>What follows from requests by tables; null without any.</summary>
    public RequestMaps? Maps { get; }

    /// <summary>The location of a name such as <c>@login</c>; null when there is none.</summary>
    public Location? Named(string name) => _named.GetValueOrDefault(name);

    private LocationLevel Level(ILookup<string, LocatedRoute> routes, string within)
    {
        var locations = new List<Location>();
        foreach (var same in routes[within].GroupBy(route => route.Location.Location, StringComparer.Ordinal))
        {
            // The checks have found that no route stands within itself.
            var location = new Location(LocationPattern.Parse(same.Key), same)
            {
                Nested = same.Where(route => routes.Contains(route.Config.RouteId)).Select(route => Level(routes, route.Config.RouteId)).FirstOrDefault(),
            };
            locations.Add(location);
            if (location.Pattern.Kind == LocationKind.Named)
            {
                _named.TryAdd(location.Pattern.Text, location);
            }
        }

        return new LocationLevel(locations);
    }
}

/// <summary>What the table says of a request.</summary>
/// <param name="Server">Whose name or port it is.</param>
/// <param name="Path">Normalized.</param>
/// <param name="Choice">Null when no location of the server fits.</param>
/// <param name="Route">The location's route for the method; null without one.</param>
/// <param name="HostCaptures">What the groups of the server's name have caught; null when it was not found by an expression.</param>
internal sealed record LocatedRequest(LocatedServer Server, string Path, LocationChoice? Choice, LocatedRoute? Route, Captures? HostCaptures);
