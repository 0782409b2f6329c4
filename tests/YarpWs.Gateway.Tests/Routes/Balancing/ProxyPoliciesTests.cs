using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.LoadBalancing;
using YarpWs.Gateway.Routes.Balancing;

namespace YarpWs.Gateway.Tests.Routes.Balancing;

/// <summary>The proxy's own policies, as far as they compare destinations: they count sockets as well as requests.</summary>
public sealed class ProxyPoliciesTests
{
    private readonly DestinationLoad _load = new();

    [Theory]
    [InlineData(nameof(LoadBalancingPolicies.LeastRequests))]
    [InlineData(nameof(LoadBalancingPolicies.PowerOfTwoChoices))]
    public void OneOfTwo_ThatHasSockets_IsPassedOver(string name)
    {
        using var cluster = new TestCluster(null, ("a", null), ("b", null));
        _load.Stay(cluster.All[0]);
        _load.Stay(cluster.All[0]);
        cluster.All[1].ConcurrentRequestCount = 1;

        var picks = Enumerable.Range(0, 50).Select(_ => Pick(name, cluster)).Distinct();

        Assert.Equal(["b"], picks);
    }

    [Theory]
    [InlineData(nameof(LoadBalancingPolicies.LeastRequests))]
    [InlineData(nameof(LoadBalancingPolicies.PowerOfTwoChoices))]
    public void Sockets_ThatAreOver_CountNoMore(string name)
    {
        using var cluster = new TestCluster(null, ("a", null), ("b", null));
        _load.Stay(cluster.All[0]);
        _load.Leave(cluster.All[0]);
        cluster.All[1].ConcurrentRequestCount = 1;

        Assert.Equal("a", Pick(name, cluster));
    }

    [Theory]
    [InlineData(nameof(LoadBalancingPolicies.LeastRequests))]
    [InlineData(nameof(LoadBalancingPolicies.PowerOfTwoChoices))]
    public void Nobody_IsPicked_WhenNobodyIsThere(string name)
    {
        using var cluster = new TestCluster(null, ("a", null));
        cluster.SetAvailable();

        Assert.Null(Pick(name, cluster));
    }

    [Fact]
    public void TwoChoices_FallOnEveryDestinationAlike()
    {
        using var cluster = new TestCluster(null, ("a", null), ("b", null), ("c", null));
        var policy = new PowerOfTwoChoices(_load, new Random(1));

        for (var i = 0; i < 300; i++)
        {
            policy.PickDestination(new DefaultHttpContext(), cluster.State, cluster.Available)!.ConcurrentRequestCount++;
        }

        Assert.All(cluster.All, destination => Assert.InRange(destination.ConcurrentRequestCount, 95, 105));
    }

    private string? Pick(string name, TestCluster cluster)
    {
        ILoadBalancingPolicy policy = name == LoadBalancingPolicies.LeastRequests ? new LeastRequests(_load) : new PowerOfTwoChoices(_load, Random.Shared);
        return policy.PickDestination(new DefaultHttpContext(), cluster.State, cluster.Available)?.DestinationId;
    }
}
