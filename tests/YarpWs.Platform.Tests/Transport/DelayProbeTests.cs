using Microsoft.Extensions.Time.Testing;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

/// <summary>How late a loop is, as one sees who waits for his turn in it.</summary>
public sealed class DelayProbeTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Delay_IsHowLongWhatIsReadableWaits()
    {
        Assert.SkipUnless(EventLoops.AreSupported, "There are no event loops on this system.");
        var time = new FakeTimeProvider();
        using var loop = new EventLoop("late", TimeProvider.System);
        using var probe = new DelayProbe(loop, time);
        using var go = new ManualResetEventSlim();
        await RunAsync(loop, () => { });
        var blocked = new TaskCompletionSource();
        loop.Start(() =>
        {
            blocked.SetResult();
            go.Wait(Deadline);
            return Task.CompletedTask;
        });
        await blocked.Task.WaitAsync(Deadline, TestContext.Current.CancellationToken);
        probe.Send();
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), probe.Delay);
        go.Set();
        await RunAsync(loop, () => { });
        await RunAsync(loop, () => { });
        time.Advance(TimeSpan.FromSeconds(10));

        // It was read, so it waits no longer; the next one does not wait at all.
        Assert.Equal(TimeSpan.FromSeconds(3), probe.Delay);
        probe.Send();
        await RunAsync(loop, () => { });
        await RunAsync(loop, () => { });
        Assert.Equal(TimeSpan.Zero, probe.Delay);
    }

    private static Task RunAsync(EventLoop loop, Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Start(() =>
        {
            work();
            done.SetResult();
            return Task.CompletedTask;
        });
        return done.Task.WaitAsync(Deadline, TestContext.Current.CancellationToken);
    }
}
