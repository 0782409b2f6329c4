using Microsoft.Extensions.Time.Testing;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

/// <summary>How late a loop is, as one sees who waits for his turn in it.</summary>
public sealed class DelayProbeTests
{
    [Fact]
    public async Task Delay_IsHowLongWhatIsReadableWaits()
    {
        Assert.SkipUnless(EventLoops.AreSupported, "There are no event loops on this system.");
        var time = new FakeTimeProvider();
        using var loop = new EventLoop("late", TimeProvider.System);
        using var probe = new DelayProbe(loop, time);
        using var go = new ManualResetEventSlim();
        using var pair = await SocketPair.OpenAsync(loop);
        await ReadUpAsync(pair);
        var blocked = new TaskCompletionSource();
        loop.Start(() =>
        {
            blocked.SetResult();
            go.Wait(Deadline.Length);
            return Task.CompletedTask;
        });
        await blocked.Task.WaitAsync(Deadline.Token());
        probe.Send();
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), probe.Delay);
        go.Set();
        await ReadUpAsync(pair);
        time.Advance(TimeSpan.FromSeconds(10));

        // It was read, so it waits no longer; the next one does not wait at all.
        Assert.Equal(TimeSpan.FromSeconds(3), probe.Delay);
        probe.Send();
        await ReadUpAsync(pair);
        Assert.Equal(TimeSpan.Zero, probe.Delay);
    }

    /// <summary>
    /// Comes when the loop has read what was there before: who becomes readable first is served first, and what goes on then is posted in that order. A read that fills its
    /// buffer would have the next one not wait for the loop.
    /// </summary>
    private static async Task ReadUpAsync(SocketPair pair)
    {
        pair.Far.Send([0]);
        Assert.Equal(1, await pair.Near.ReceiveAsync(new byte[2], Deadline.Token()));
        var posted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pair.Near.Loop.Start(() =>
        {
            posted.SetResult();
            return Task.CompletedTask;
        });
        await posted.Task.WaitAsync(Deadline.Token());
    }
}
