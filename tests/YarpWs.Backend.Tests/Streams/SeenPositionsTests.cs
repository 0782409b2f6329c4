using Xunit;
using YarpWs.Backend.Streams;
using YarpWs.Backend.Tests.Node;

namespace YarpWs.Backend.Tests.Streams;

public sealed class SeenPositionsTests
{
    private readonly SeenPositions _seen = new();

    [Fact]
    public void OlderPosition_ChangesNothing()
    {
        var clock = _seen.Hub(TestNode.Group().Hub);
        clock.Saw(epoch: 2, position: 200);

        var before = clock.Saw(epoch: 1, position: 100);

        Assert.Equal(new HubPosition(2, 200), before);
        Assert.Equal(new HubPosition(2, 200), clock.Newest);
    }

    [Fact]
    public async Task NewestPosition_IsKept_WhicheverThreadTellsIt()
    {
        var clock = _seen.Group(TestNode.Group());

        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var position = thread; position <= 100_000; position += 4)
            {
                clock.Saw(position);
            }
        })));

        Assert.Equal(100_000, clock.Newest);
    }

    [Fact]
    public void HubsThatAnybodyMayName_TakeNoMoreMemoryThanSetAside()
    {
        var first = _seen.Hub(TestNode.Group(hub: "h0").Hub);
        for (var i = 1; i < 4_096; i++)
        {
            _seen.Hub(TestNode.Group(hub: $"h{i}").Hub);
        }

        Assert.Same(first, _seen.Hub(TestNode.Group(hub: "h0").Hub));
        for (var i = 4_096; i < 5_000; i++)
        {
            _seen.Hub(TestNode.Group(hub: $"h{i}").Hub);
        }

        Assert.NotSame(first, _seen.Hub(TestNode.Group(hub: "h0").Hub));

        // Begun anew, it keeps what comes until it is full again.
        var last = _seen.Hub(TestNode.Group(hub: "h4999").Hub);
        _seen.Hub(TestNode.Group(hub: "another").Hub);
        Assert.Same(last, _seen.Hub(TestNode.Group(hub: "h4999").Hub));
    }

    [Fact]
    public void Groups_AreThoseOfWhichAMessageIsKnown()
    {
        _seen.Group(TestNode.Group("quiet"));
        _seen.Group(TestNode.Group("blue")).Saw(7);

        Assert.Equal([(TestNode.Group("blue"), 7L)], _seen.Groups);
    }
}
