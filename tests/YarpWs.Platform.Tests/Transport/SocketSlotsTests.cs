using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class SocketSlotsTests : IAsyncLifetime
{
    private readonly EventLoop _loop = new("slots", TimeProvider.System);
    private readonly SocketSlots _slots = new();
    private readonly List<SocketPair> _pairs = [];

    private LoopSocket A => _pairs[0].Near;

    private LoopSocket B => _pairs[1].Near;

    private LoopSocket C => _pairs[2].Near;

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            _pairs.Add(await SocketPair.OpenAsync(_loop));
        }
    }

    public ValueTask DisposeAsync()
    {
        _pairs.ForEach(pair => pair.Dispose());
        _loop.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void KeyOfARemovedSocket_FindsNobody_AfterItsSlotIsGivenAway()
    {
        var former = _slots.Add(A);
        _slots.Remove(A);
        var present = _slots.Add(B);

        Assert.Equal((uint)former, (uint)present);
        Assert.Null(_slots.Find(former));
        Assert.Same(B, _slots.Find(present));
    }

    [Fact]
    public void Slot_IsFreedOnce_HoweverOftenItsSocketIsRemoved()
    {
        _slots.Add(A);
        _slots.Remove(A);
        _slots.Remove(A);
        var (second, third) = (_slots.Add(B), _slots.Add(C));
        _slots.Remove(A);

        Assert.Same(B, _slots.Find(second));
        Assert.Same(C, _slots.Find(third));
        Assert.Equal(2, _slots.Count);
    }

    [Fact]
    public void Slots_GrowWithTheirSockets()
    {
        var own = A.Key;
        var keys = Enumerable.Range(0, 200).Select(_ => _slots.Add(A)).ToList();

        Assert.Equal(200, keys.Distinct().Count());
        Assert.Same(A, _slots.Find(keys[^1]));
        A.Key = own;
    }
}
