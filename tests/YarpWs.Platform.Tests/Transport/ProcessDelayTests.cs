using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class ProcessDelayTests
{
    [Fact]
    public async Task Beat_ThatComesLate_IsADelay_AndNotTheOneBefore()
    {
        var time = new HandTime();
        using var loops = new EventLoops(1, time);
        using var delay = new ProcessDelay(loops, time, NullLogger<ProcessDelay>.Instance);
        var measured = Channel.CreateUnbounded<TimeSpan>();
        delay.Measured += value => measured.Writer.TryWrite(value);
        await delay.StartAsync(Deadline.Token());

        await time.BeatAsync(TimeSpan.FromSeconds(10));
        await measured.Reader.ReadAsync(Deadline.Token());
        await time.BeatAsync(TimeSpan.FromSeconds(3));
        var late = await measured.Reader.ReadAsync(Deadline.Token());

        // Less than the time since the beat before, and more than none.
        Assert.InRange(late, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));
        await delay.StopAsync(Deadline.Token());
    }

    /// <summary>Stands still, and has one timer, which the test lets come due.</summary>
    private sealed class HandTime : TimeProvider
    {
        private readonly TaskCompletionSource<Action> _due = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref _now);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _due.TrySetResult(() => callback(state));
            return new Timer(_ => { }, null, Timeout.Infinite, Timeout.Infinite);
        }

        public async Task BeatAsync(TimeSpan passed)
        {
            Interlocked.Add(ref _now, passed.Ticks);
            (await _due.Task.WaitAsync(Deadline.Token()))();
        }
    }
}
