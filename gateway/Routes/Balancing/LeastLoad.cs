using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// Takes the destination with the least to do for its weight. A WebSocket counts for as long as it lives. <see cref="LeastRequests"/> is the
/// same without weights and slow start.
/// </summary>
internal sealed class LeastLoad(ClusterBalancing balancing, DestinationLoad load, Random random) : ILoadBalancingPolicy
{
    public const string PolicyName = "LeastLoad";

    public string Name => PolicyName;

    public DestinationState? PickDestination(HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations) =>
        Pick(cluster, availableDestinations);

    public DestinationState? Pick(ClusterState cluster, IReadOnlyList<DestinationState> available)
    {
        DestinationState? least = null;
        var leastShare = double.PositiveInfinity;
        var equals = 0;
        foreach (var destination in available)
        {
            var share = (load.Of(destination) + 1) / balancing.WeightOf(destination, cluster);
            if (share < leastShare)
            {
                (least, leastShare, equals) = (destination, share, 1);
            }
            else if (share.Equals(leastShare) && random.Next(++equals) == 0)
            {
                // Each of several that are equal is as likely as the others: gateways that begin together do not all begin with the first.
                least = destination;
            }
        }

        return least;
    }
}

/// <summary>The proxy's policy of this name, which counts sockets as well: takes the destination with the least to do.</summary>
internal sealed class LeastRequests(DestinationLoad load) : ILoadBalancingPolicy
{
    public string Name => LoadBalancingPolicies.LeastRequests;

    public DestinationState? PickDestination(HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations) =>
        availableDestinations.MinBy(load.Of);
}
