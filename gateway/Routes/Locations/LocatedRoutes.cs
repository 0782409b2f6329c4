using Microsoft.AspNetCore.Routing.Matching;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Routes.Locations;

/// <summary>Keeps routes that are locations from the platform's own routing: <see cref="LocationRouting"/> alone leads there.</summary>
internal sealed class LocatedRoutes : MatcherPolicy, IEndpointSelectorPolicy
{
    public override int Order => int.MinValue;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => endpoints.Any(IsLocation);

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        for (var index = 0; index < candidates.Count; index++)
        {
            if (IsLocation(candidates[index].Endpoint))
            {
                candidates.SetValidity(index, value: false);
            }
        }

        return Task.CompletedTask;
    }

    private static bool IsLocation(Endpoint endpoint) => endpoint.Metadata.GetMetadata<RouteModel>() is { Config: { } route } && RouteLocation.IsOn(route);
}
