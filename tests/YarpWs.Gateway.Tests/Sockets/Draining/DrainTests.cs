using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Draining;

namespace YarpWs.Gateway.Tests.Sockets.Draining;

public sealed class DrainTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly DeadlineWheel _wheel;
    private readonly List<TestSocket> _sockets = [];

    public DrainTests() => _wheel = new DeadlineWheel(_time, NullLogger<DeadlineWheel>.Instance);

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    [Fact]
    public void Sockets_AreTold_AsManyInEachTenthOfASecond()
    {
        var drain = Begin(sockets: 500, perSecond: 250);

        drain.TellDue();
        var told = new List<int>();
        for (var window = 0; window < 20; window++)
        {
            var before = Told();
            Advance(drain, TimeSpan.FromMilliseconds(100));
            told.Add(Told() - before);
        }

        // One was told at once, so the last window is one short.
        Assert.Equal([.. Enumerable.Repeat(25, 19), 24], told);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(37)]
    [InlineData(100_000)]
    public void Sockets_AreTold_AsManyAsTheRateAllows_AndTheFirstAtOnce(double perSecond)
    {
        var drain = Begin(sockets: 200, perSecond);

        drain.TellDue();
        Assert.Equal(1, Told());
        Advance(drain, TimeSpan.FromSeconds(2));

        Assert.Equal(Math.Min(200, 1 + (int)(2 * perSecond)), Told());
    }

    [Fact]
    public void Oldest_AreToldFirst()
    {
        var drain = Begin(sockets: 100, perSecond: 20);

        Advance(drain, TimeSpan.FromSeconds(2));

        Assert.Equal(Enumerable.Range(1, 41).Select(id => (long)id), _sockets.Where(socket => socket.Live.IsLeaving).Select(socket => socket.Live.Origin.Id).Order());
    }

    [Fact]
    public void Spread_TellsAll_InAnOrderByChance()
    {
        var drain = Begin(sockets: 100, perSecond: 20, DrainOrder.Spread);

        Advance(drain, TimeSpan.FromSeconds(2));
        var early = _sockets.Where(socket => socket.Live.IsLeaving).Select(socket => socket.Live.Origin.Id).ToList();
        Advance(drain, TimeSpan.FromSeconds(3));

        Assert.Equal((41, true, 100), (early.Count, early.Any(id => id > 60), Told()));
    }

    [Fact]
    public void Pause_OfTheProcess_IsNotMadeUpForInOneBurst()
    {
        var drain = Begin(sockets: 500, perSecond: 100);
        drain.TellDue();

        _time.Advance(TimeSpan.FromSeconds(4));
        drain.TellDue();

        Assert.Equal(26, Told());
    }

    [Fact]
    public void Socket_ThatEndsByItself_CostsNoTurn()
    {
        var drain = Begin(sockets: 30, perSecond: 10);
        _sockets.Take(10).ToList().ForEach(socket => socket.Live.End());
        _sockets[10].Live.Close(SocketClose.Idle);

        Advance(drain, TimeSpan.FromSeconds(1));

        Assert.Equal(Enumerable.Range(11, 12).Select(id => (long)id), _sockets.Where(socket => socket.Live.IsLeaving).Select(socket => socket.Live.Origin.Id));
    }

    [Fact]
    public void Progress_TellsWhatIsLeft_AndHowLongItTakes()
    {
        var drain = Begin(sockets: 50, perSecond: 10);
        Assert.Equal(new DrainProgress(50, 50, 50, 10), drain.Progress);

        Advance(drain, TimeSpan.FromSeconds(1));
        _sockets[0].Live.End();

        Assert.Equal(new DrainProgress(50, 39, 49, 10), drain.Progress);
        Assert.Equal((1, 3.9), (drain.Progress.Done, drain.Progress.SecondsLeft));
    }

    [Fact]
    public void LateSocket_WaitsForItsTurn_OrIsToldAtOnceWhenNobodyElseIsLeft()
    {
        var drain = Begin(sockets: 3, perSecond: 10);
        var late = Open(4);
        drain.Add(late);
        drain.Add(late);
        drain.TellDue();
        Assert.False(late.IsLeaving);

        Advance(drain, TimeSpan.FromSeconds(1));
        Assert.True(late.IsLeaving);

        var last = Open(5);
        drain.Add(last);
        Assert.Equal((true, 5), (last.IsLeaving, drain.Progress.Total));
    }

    private void Advance(Drain drain, TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += Drain.Beat)
        {
            drain.TellDue();
            _time.Advance(Drain.Beat);
        }

        drain.TellDue();
    }

    private int Told() => _sockets.Count(socket => socket.Live.IsLeaving);

    private Drain Begin(int sockets, double perSecond, DrainOrder order = DrainOrder.Oldest)
    {
        var drain = new Drain(new DrainPlan(SocketClose.ServiceRestart, perSecond, order), _time, new Random(1));
        drain.Add([.. Enumerable.Range(1, sockets).Select(id => Open(id)).Reverse()]);
        return drain;
    }

    private LiveSocket Open(long id)
    {
        var socket = new TestSocket(_wheel, _time, id: id);
        _sockets.Add(socket);
        return socket.Live;
    }
}
