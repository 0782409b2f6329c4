using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Routes.Balancing;

internal static class UntriedDestinations
{
    /// <summary>Forgets a try that failed before the answer began, and returns the destinations that are left.</summary>
    public static IReadOnlyList<DestinationState> After(HttpContext context, IReadOnlyList<DestinationState> destinations)
    {
        var tried = context.GetReverseProxyFeature().ProxiedDestination;
        context.Response.Clear();
        context.Features.Set<IForwarderErrorFeature>(null);
        return [.. destinations.Where(destination => destination != tried)];
    }
}
