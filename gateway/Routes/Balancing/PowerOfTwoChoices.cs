using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// The proxy's policy of this name, and its default, which counts sockets as well: of two destinations by chance, the one with less to do
/// (Mitzenmacher, 2001).
/// </summary>
internal sealed class PowerOfTwoChoices(DestinationLoad load, Random random) : ILoadBalancingPolicy
{
    public string Name => LoadBalancingPolicies.PowerOfTwoChoices;

    public DestinationState? PickDestination(HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations)
    {
        if (availableDestinations.Count <= 1)
        {
            return availableDestinations.Count == 0 ? null : availableDestinations[0];
        }

        var first = random.Next(availableDestinations.Count);
        var second = random.Next(availableDestinations.Count - 1);
        var (one, other) = (availableDestinations[first], availableDestinations[second < first ? second : second + 1]);
        return load.Of(one) <= load.Of(other) ? one : other;
    }
}
