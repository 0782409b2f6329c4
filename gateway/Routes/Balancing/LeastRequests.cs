using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>The proxy's policy of this name, which counts sockets as well: takes the destination with the least to do.</summary>
internal sealed class LeastRequests(DestinationLoad load) : ILoadBalancingPolicy
{
    public string Name => LoadBalancingPolicies.LeastRequests;

    public DestinationState? PickDestination(HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations) =>
        availableDestinations.MinBy(load.Of);
}
