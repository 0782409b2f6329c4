using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Handshakes;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Tests.Handshakes;

/// <summary>How many handshakes are under way at once, by a clock and a delay of the test's own.</summary>
public sealed class HandshakeQueueTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ProcessDelay _delay;
    private readonly HandshakeQueue _queue;

    public HandshakeQueueTests()
    {
        _delay = Delays.None(_time);
        _queue = new HandshakeQueue(_delay, _time, new Random(1));
    }

    public void Dispose()
    {
        _queue.Dispose();
        _delay.Dispose();
    }

    [Fact]
    public async Task HandshakeBeyondTheBound_WaitsForItsTurn_InOrder()
    {
        var first = Fill("a");
        var (second, third) = (_queue.EnterAsync("a").AsTask(), _queue.EnterAsync("a").AsTask());
        Assert.False(second.IsCompleted);

        first[0].End();

        Assert.NotNull(await second.WaitAsync(Deadline.Token()));
        Assert.False(third.IsCompleted);
    }

    [Fact]
    public async Task TurnThatEndsTwice_IsGivenBackOnce()
    {
        var turns = Fill("a");
        turns[0].End();
        turns[0].End();

        Assert.NotNull(await _queue.EnterAsync("a").AsTask().WaitAsync(Deadline.Token()));
        Assert.False(_queue.EnterAsync("a").AsTask().IsCompleted);
    }

    [Fact]
    public async Task HandshakeThatHasWaitedTooLong_IsRefused()
    {
        Fill("a");
        var waiting = _queue.EnterAsync("a").AsTask();
        _time.Advance(HandshakeQueue.LongestWait);
        _delay.Add(TimeSpan.FromMilliseconds(200));

        Assert.Null(await waiting.WaitAsync(Deadline.Token()));
    }

    [Fact]
    public void ClusterWhoseDestinationsDoNotAnswer_LeavesRoomForOthers()
    {
        var hung = Fill("hung");

        Assert.Equal(HandshakeQueue.FirstBound * 3 / 4, hung.Count);
        Assert.Equal(HandshakeQueue.FirstBound / 4, Fill("other").Count);
    }

    [Fact]
    public async Task More_WaitThanMay_TheRestIsRefusedAtOnce()
    {
        Fill("a");
        for (var waiting = 0; waiting < HandshakeQueue.MostWaiting; waiting++)
        {
            _ = _queue.EnterAsync("a").AsTask();
        }

        Assert.Null(await _queue.EnterAsync("a").AsTask().WaitAsync(Deadline.Token()));
    }

    [Fact]
    public void Bound_RisesWhileTheProcessIsInTime_AndThereIsMoreToDo()
    {
        Fill("a");
        _ = _queue.EnterAsync("a").AsTask();
        for (var beat = 0; beat < 50; beat++)
        {
            Fill("a");
            _ = _queue.EnterAsync("a").AsTask();
            _delay.Add(TimeSpan.Zero);
        }

        Assert.Equal(HandshakeQueue.MostBound, _queue.Bound);
    }

    [Fact]
    public void Bound_FallsWhileTheProcessIsLate_AndNotBelowTheLeast()
    {
        for (var beat = 0; beat < 50; beat++)
        {
            _delay.Add(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(HandshakeQueue.LeastBound, _queue.Bound);
    }

    [Fact]
    public void Returns_AreOneBehindTheOther_AndNoneIsLongerThanHalfAMinute()
    {
        var returns = Enumerable.Range(0, 5000).Select(_ => _queue.Return()).ToList();

        Assert.InRange(returns[0], TimeSpan.Zero, TimeSpan.FromSeconds(1.1));
        Assert.InRange(returns[500], TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(12));
        Assert.InRange(returns.Max(), TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(31.1));
        Assert.True(returns.Select(one => Math.Ceiling(one.TotalSeconds)).Distinct().Count() > 20);
    }

    /// <summary>Takes all the turns that there are for a cluster.</summary>
    private List<HandshakeTurn> Fill(string cluster)
    {
        var turns = new List<HandshakeTurn>();
        while (_queue.TryEnter(cluster) is { } turn)
        {
            turns.Add(turn);
        }

        return turns;
    }
}
