using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Routes.Balancing;

internal static class UntriedDestinations
{
    /// <summary>The destinations that are left after the one that was tried last.</summary>
    public static IReadOnlyList<DestinationState> Without(IReverseProxyFeature proxy, IReadOnlyList<DestinationState> destinations) =>
        [.. destinations.Where(destination => destination != proxy.ProxiedDestination)];

    /// <summary>Makes the request as it was before a try that failed before the answer began.</summary>
    public static void Forget(HttpContext context)
    {
        context.Response.Clear();
        context.Features.Set<IForwarderErrorFeature>(null);
    }
}
