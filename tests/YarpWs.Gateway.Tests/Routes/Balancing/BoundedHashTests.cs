using Microsoft.AspNetCore.Http;
using YarpWs.Gateway.Routes.Balancing;

namespace YarpWs.Gateway.Tests.Routes.Balancing;

public sealed class BoundedHashTests
{
    private const int Rooms = 3_000;

    private readonly BoundedHash _policy;

    public BoundedHashTests()
    {
        var balancing = new ClusterBalancing(TimeProvider.System);
        var load = new DestinationLoad();
        _policy = new BoundedHash(balancing, load, new LeastLoad(balancing, load, new Random(1)));
    }

    [Fact]
    public void Members_OfOneRoom_MeetOnOneDestination_OnEveryGateway()
    {
        using var cluster = new TestCluster(ByRoom, ("a", null), ("b", null));
        using var other = new TestCluster(ByRoom, ("b", null), ("a", null));

        Assert.Equal(PlacesOf(cluster), PlacesOf(other));
        Assert.Equal(PlacesOf(cluster), PlacesOf(cluster));
    }

    [Fact]
    public void ThirdDestination_TakesItsShare_AndNothingElseMoves()
    {
        using var cluster = new TestCluster(ByRoom, ("a", null), ("b", null));
        var before = PlacesOf(cluster);

        cluster.Add("c");
        var after = PlacesOf(cluster);

        var moved = Enumerable.Range(0, Rooms).Where(room => before[room] != after[room]).ToList();
        Assert.All(moved, room => Assert.Equal("c", after[room]));
        Assert.InRange(moved.Count, Rooms / 3 * 0.9, Rooms / 3 * 1.1);
    }

    [Fact]
    public void Destination_ThatGoes_LeavesItsRooms_AndNoOthersMove()
    {
        using var cluster = new TestCluster(ByRoom, ("a", null), ("b", null), ("c", null));
        var before = PlacesOf(cluster);

        cluster.SetAvailable(cluster.All[0], cluster.All[1]);
        var after = PlacesOf(cluster);

        Assert.All(Enumerable.Range(0, Rooms).Where(room => before[room] != "c"), room => Assert.Equal(before[room], after[room]));
        Assert.DoesNotContain("c", after);
    }

    [Fact]
    public void Rooms_AreSharedByWeight()
    {
        using var cluster = new TestCluster(ByRoom, ("a", "3"), ("b", null));

        Assert.InRange(PlacesOf(cluster).Count(place => place == "a"), Rooms * 0.72, Rooms * 0.78);
    }

    [Fact]
    public void OneBusyRoom_SpillsOver_BeforeItsDestinationHasMoreThanItsBound()
    {
        using var cluster = new TestCluster(new(ByRoom) { ["Balancing.MaxLoad"] = "1.5" }, ("a", null), ("b", null), ("c", null));

        for (var i = 0; i < 300; i++)
        {
            _policy.PickDestination(Ask("/ws/start/busy"), cluster.State, cluster.Available)!.ConcurrentRequestCount++;
        }

        Assert.Equal(300, cluster.All.Sum(destination => destination.ConcurrentRequestCount));
        Assert.InRange(cluster.All.Max(destination => destination.ConcurrentRequestCount), 140, 150);
    }

    [Theory]
    [InlineData("path", "/ws/start/blue")]
    [InlineData("path:3", "blue")]
    [InlineData("query:room", "red")]
    [InlineData("header:X-Room", "green")]
    [InlineData("claim:sub", "ann")]
    [InlineData("path:7", null)]
    public void Key_IsWhatTheSettingNames(string by, string? key)
    {
        var context = Ask("/ws/start/blue");
        context.Request.QueryString = new QueryString("?room=red");
        context.Request.Headers["X-Room"] = "green";
        context.User = new(new System.Security.Claims.ClaimsIdentity([new("sub", "ann")]));

        Assert.Equal(key, HashKey.Of(context, by));
    }

    private static Dictionary<string, string> ByRoom => new() { ["Balancing.HashBy"] = "path:3", ["Balancing.MaxLoad"] = "100" };

    private string[] PlacesOf(TestCluster cluster) =>
        [.. Enumerable.Range(0, Rooms).Select(room => _policy.PickDestination(Ask($"/ws/start/room{room}"), cluster.State, cluster.Available)!.DestinationId)];

    private static DefaultHttpContext Ask(string path) => new() { Request = { Path = path } };
}
