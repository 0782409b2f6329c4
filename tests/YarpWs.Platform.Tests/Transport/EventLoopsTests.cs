using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class EventLoopsTests : IDisposable
{
    private readonly EventLoops _loops = new(3, TimeProvider.System);

    public void Dispose() => _loops.Dispose();

    [Fact]
    public void Loops_TakeTurns()
    {
        EventLoop[] taken = [_loops.Next(), _loops.Next(), _loops.Next(), _loops.Next()];

        Assert.Equal(3, taken.Distinct().Count());
        Assert.Same(taken[0], taken[3]);
    }

    [Fact]
    public async Task SocketsThatJoinOthers_DoNotGatherInOneLoop()
    {
        var pairs = new List<SocketPair>();
        for (var i = 0; i < 6; i++)
        {
            var client = await SocketPair.OpenAsync(_loops.Next());
            var backend = await SocketPair.OpenAsync(_loops.Next());
            backend.Near.Join(client.Near);
            pairs.AddRange([client, backend]);
        }

        pairs.ForEach(pair => pair.Dispose());
        Assert.Equal([4, 4, 4], pairs.CountBy(pair => pair.Near.Loop).Select(loop => loop.Value));
    }

    [Fact]
    public async Task SocketThatCloses_MakesRoomInItsLoop()
    {
        var (first, second, third) = (_loops.Next(), _loops.Next(), _loops.Next());
        using var inFirst = await SocketPair.OpenAsync(first);
        using var inSecond = await SocketPair.OpenAsync(second);
        using var inThird = await SocketPair.OpenAsync(third);

        inSecond.Near.Dispose();

        Assert.Same(second, _loops.Next());
    }

    [Fact]
    public async Task Here_IsTheLoopThatRunsTheCode_IfItIsOneOfThese()
    {
        using var others = new EventLoops(1, TimeProvider.System);
        using var pair = await SocketPair.OpenAsync(_loops.Next());

        var reading = pair.Near.ReceiveAsync(new byte[1], Deadline.Token()).AsTask();
        var here = reading.ContinueWith(_ => (_loops.Here(), others.Here()), Deadline.Token(), TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        pair.Far.Send([1]);

        Assert.Equal((pair.Near.Loop, others.Next()), await here);
    }
}
