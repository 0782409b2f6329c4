using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Routes.Balancing;

namespace YarpWs.Gateway.Tests.Routes.Balancing;

public sealed class LeastLoadTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly DestinationLoad _load = new();
    private readonly LeastLoad _policy;

    public LeastLoadTests() => _policy = new LeastLoad(new ClusterBalancing(_time), _load, new Random(1));

    [Fact]
    public void Work_IsSharedByWeight()
    {
        using var cluster = new TestCluster(null, ("a", "3"), ("b", null));

        Fill(cluster, 400);

        Assert.Equal([300, 100], cluster.All.Select(destination => destination.ConcurrentRequestCount));
    }

    [Fact]
    public void Sockets_ThatHaveOutlivedTheirRequests_AreWork()
    {
        using var cluster = new TestCluster(null, ("a", null), ("b", null));
        for (var i = 0; i < 10; i++)
        {
            _load.Stay(cluster.All[0]);
        }

        Fill(cluster, 10);

        Assert.Equal([0, 10], cluster.All.Select(destination => destination.ConcurrentRequestCount));
    }

    [Fact]
    public void Destinations_ThatAreEqual_AreTakenByChance()
    {
        using var cluster = new TestCluster(null, ("a", null), ("b", null), ("c", null));

        var first = Enumerable.Range(0, 300).CountBy(_ => Pick(cluster)!.DestinationId).ToDictionary();

        Assert.All(first.Values, count => Assert.InRange(count, 70, 130));
    }

    [Fact]
    public void Destination_ThatHasComeBack_GetsItsShareBitByBit()
    {
        using var cluster = new TestCluster(new() { ["Balancing.SlowStart"] = "00:01:00" }, ("a", null), ("b", null));
        Fill(cluster, 100);
        Assert.Equal([50, 50], cluster.All.Select(destination => destination.ConcurrentRequestCount));

        cluster.SetAvailable(cluster.All[0]);
        Pick(cluster);
        cluster.All[1].ConcurrentRequestCount = 0;
        cluster.SetAvailable(cluster.All);

        // A tenth of the weight: 5 for 50, when there is nothing new for a.
        Pick(cluster);
        _time.Advance(TimeSpan.FromSeconds(3));
        Fill(cluster, 5);
        Assert.InRange(cluster.All[1].ConcurrentRequestCount, 4, 5);
        Fill(cluster, 5);
        Assert.InRange(cluster.All[1].ConcurrentRequestCount, 4, 6);

        _time.Advance(TimeSpan.FromSeconds(60));
        Fill(cluster, 50);
        Assert.Equal([55, 55], cluster.All.Select(destination => destination.ConcurrentRequestCount));
    }

    [Fact]
    public void Nobody_IsPicked_WhenNobodyIsThere()
    {
        using var cluster = new TestCluster(null, ("a", null));
        cluster.SetAvailable();

        Assert.Null(Pick(cluster));
    }

    private Yarp.ReverseProxy.Model.DestinationState? Pick(TestCluster cluster) => _policy.PickDestination(new DefaultHttpContext(), cluster.State, cluster.Available);

    private void Fill(TestCluster cluster, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Pick(cluster)!.ConcurrentRequestCount++;
        }
    }
}
