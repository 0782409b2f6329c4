using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class EventLoopTests : IDisposable
{
    private readonly EventLoop _loop = new("under test", TimeProvider.System);

    private static string? Here => Thread.CurrentThread.Name;

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task Work_GoesOnInItsLoop_WhoeverEndedTheWait()
    {
        var elsewhere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var places = new TaskCompletionSource<string?[]>(TaskCreationOptions.RunContinuationsAsynchronously);

        _loop.Start(async () =>
        {
            var first = Here;
            elsewhere.SetResult();
            await Task.Run(() => { });
            var second = Here;
            await Task.Yield();
            places.SetResult([first, second, Here]);
        });

        await elsewhere.Task.WaitAsync(Deadline.Token());
        Assert.Equal(["under test", "under test", "under test"], await places.Task.WaitAsync(Deadline.Token()));
    }

    [Fact]
    public async Task Work_LeavesNothing_ToWhatElseRunsInTheLoop()
    {
        var context = new TaskCompletionSource<SynchronizationContext?>(TaskCreationOptions.RunContinuationsAsynchronously);

        _loop.Start(() => Task.CompletedTask);
        _loop.Post(new Work(() => context.SetResult(SynchronizationContext.Current)));

        Assert.Null(await context.Task.WaitAsync(Deadline.Token()));
    }

    [Fact]
    public async Task Work_OfALoopThatHasEnded_GoesOnInTheThreadPool()
    {
        var loop = new EventLoop("that ends", TimeProvider.System);
        var wait = new TaskCompletionSource();
        var place = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Start(async () =>
        {
            begun.SetResult();
            await wait.Task;
            place.SetResult(Thread.CurrentThread.IsThreadPoolThread);
        });
        await begun.Task.WaitAsync(Deadline.Token());

        loop.Dispose();
        wait.SetResult();

        Assert.True(await place.Task.WaitAsync(Deadline.Token()));
    }

    [Fact]
    public void Dispose_NeverThrows_WhateverTheLoopDoesMeanwhile()
    {
        for (var i = 0; i < 3_000; i++)
        {
            // Awake, it finds by itself that it is to end.
            var loop = new EventLoop("that ends", TimeProvider.System);
            loop.Post(new Work(() => { }));
            loop.Dispose();
            loop.Dispose();
        }
    }

    private sealed class Work(Action run) : IThreadPoolWorkItem
    {
        public void Execute() => run();
    }
}
