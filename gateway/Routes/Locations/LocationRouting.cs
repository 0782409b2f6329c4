using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Features;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Routes.Locations;

/// <summary>
/// Leads a request to the route that is its location, before the platform's routing, which leaves alone what has its endpoint. What no server takes, the other
/// routes get. Without a location among the routes it does nothing, and neither
/// for a request that has its endpoint.
/// </summary>
internal sealed class LocationRouting(RequestDelegate next, RunningLocations running)
{
    public Task InvokeAsync(HttpContext context)
    {
        var table = running.Table;
        return table.IsEmpty || context.GetEndpoint() is not null ? next(context) : LeadAsync(context, table);
    }

    private Task LeadAsync(HttpContext context, LocationTable table)
    {
        LocatedRequest? found;
        try
        {
            found = table.Find(context);
        }
        catch (RegexMatchTimeoutException)
        {
            return Refusal.WriteAsync(context, StatusCodes.Status500InternalServerError, "The path takes too long to compare with the expressions of locations.", RefusalReason.Route);
        }

        if (found is null)
        {
            return next(context);
        }

        if (NormalizedPath.LeavesRoot(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget))
        {
            return Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "The path leads above the root.");
        }

        if (found is not { Choice: { } choice, Route: { } route })
        {
            return Refusal.WriteAsync(context, StatusCodes.Status404NotFound, "No route leads here.");
        }

        context.Features.Set(new MatchedLocation(found.Path, choice.Location.PrefixLength, choice.Captures, found.HostCaptures, found.Server.RelativeRedirects));
        context.SetEndpoint(choice.Reason == LocationReason.Slash ? choice.Location.ToSlash(route) : route.Endpoint);
        return next(context);
    }
}
