using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

/// <summary>What somebody in a loop takes, and what is left to the others.</summary>
public sealed class TurnTests : IDisposable
{
    private readonly EventLoop _loop = new("turns", TimeProvider.System);

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task Writer_WhoNeverHasToWait_LetsOthersHaveTheirTurn()
    {
        using var loud = await SocketPair.OpenAsync(_loop);
        using var quiet = await SocketPair.OpenAsync(_loop);
        using var stop = new CancellationTokenSource();
        var taking = TakeAllAsync(loud);
        var writing = InLoopAsync(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await loud.Near.SendAsync(new byte[] { 1 }, CancellationToken.None);
            }
        });

        await AnswersAsync(quiet, times: 100);

        await stop.CancelAsync();
        await writing.WaitAsync(Deadline.Token());
        loud.Near.Dispose();
        await taking.WaitAsync(Deadline.Token());
    }

    [Fact]
    public async Task Reader_WhoNeverHasToWait_LetsOthersHaveTheirTurn()
    {
        using var loud = await SocketPair.OpenAsync(_loop);
        using var quiet = await SocketPair.OpenAsync(_loop);
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(
            () =>
            {
                var much = new byte[64 * 1024];
                while (!stop.IsCancellationRequested)
                {
                    loud.Far.Send(much);
                }

                loud.Far.Close();
            },
            CancellationToken.None);
        var reading = InLoopAsync(async () =>
        {
            // So little at a time that there is always more.
            var buffer = new byte[16];
            while (await loud.Near.ReceiveAsync(buffer, CancellationToken.None) > 0 && !stop.IsCancellationRequested)
            {
            }

            loud.Near.Abort();
        });

        await AnswersAsync(quiet, times: 100);

        await stop.CancelAsync();
        await reading.WaitAsync(Deadline.Token());
        await Record.ExceptionAsync(() => sending.WaitAsync(Deadline.Token()));
    }

    [Fact]
    public async Task Work_ThatIsPosted_LetsSocketsComeBetween_OnceATurnHasPassed()
    {
        var time = new SteppedTime();
        using var loop = new EventLoop("stepped", time);
        using var pair = await SocketPair.OpenAsync(loop);
        var order = new List<string>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = InLoopAsync(
            async () =>
            {
                await pair.Near.ReceiveAsync(new byte[1], CancellationToken.None).ConfigureAwait(false);
                order.Add("socket");
            },
            loop);

        loop.Post(new Work(() =>
        {
            // All of it is there before anything is looked at.
            pair.Far.Send([1]);
            Assert.True(pair.Near.Socket.Poll(Deadline.Length, System.Net.Sockets.SelectMode.SelectRead));
            for (var i = 0; i < 5; i++)
            {
                loop.Post(new Work(() =>
                {
                    time.Step(EventLoop.Turn);
                    order.Add("work");
                }));
            }

            loop.Post(new Work(done.SetResult));
        }));

        await Task.WhenAll(done.Task, reading).WaitAsync(Deadline.Token());
        Assert.Equal(["work", "socket", "work", "work", "work", "work"], order);
    }

    [Fact]
    public async Task Turns_GoRound_AmongAllWhoAreReady()
    {
        var time = new SteppedTime();
        using var loop = new EventLoop("stepped", time);
        using var first = await SocketPair.OpenAsync(loop);
        using var second = await SocketPair.OpenAsync(loop);
        var order = new List<string>();

        // The loop begins both, so that neither has ended before the other is there.
        await InLoopAsync(() => Task.WhenAll(WriteAsync(first, "first"), WriteAsync(second, "second")), loop).WaitAsync(Deadline.Token());

        // While both have something to write, each stops soon after its time is over.
        var both = order.Skip(12).Take(48).ToList();
        Assert.All(Enumerable.Range(0, both.Count - 8), i => Assert.Equal(2, both.Skip(i).Take(9).Distinct().Count()));

        async Task WriteAsync(SocketPair pair, string name)
        {
            await Task.Yield();
            for (var i = 0; i < 40; i++)
            {
                await pair.Near.SendAsync(new byte[] { 1 }, CancellationToken.None).ConfigureAwait(false);
                order.Add(name);
                time.Step(EventLoop.Turn / 4);
            }
        }
    }

    /// <summary>Each byte that is sent is read, one after the other.</summary>
    private static async Task AnswersAsync(SocketPair pair, int times)
    {
        var buffer = new byte[1];
        for (var i = 0; i < times; i++)
        {
            pair.Far.Send([(byte)i]);
            Assert.Equal(1, await pair.Near.ReceiveAsync(buffer, Deadline.Token()));
            Assert.Equal((byte)i, buffer[0]);
        }
    }

    private static Task TakeAllAsync(SocketPair pair) => Task.Run(
        () =>
        {
            var buffer = new byte[64 * 1024];
            while (pair.Far.Receive(buffer) > 0)
            {
            }
        },
        CancellationToken.None);

    private Task InLoopAsync(Func<Task> run) => InLoopAsync(run, _loop);

    private static Task InLoopAsync(Func<Task> run, EventLoop loop)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Start(async () =>
        {
            try
            {
                await run();
                ended.SetResult();
            }
            catch (Exception exception)
            {
                ended.SetException(exception);
            }
        });
        return ended.Task;
    }

    private sealed class Work(Action run) : IThreadPoolWorkItem
    {
        public void Execute() => run();
    }

    /// <summary>Stands still until it is told to go on.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Step(TimeSpan by) => Interlocked.Add(ref _now, by.Ticks);

        public override long GetTimestamp() => Volatile.Read(ref _now);
    }
}
