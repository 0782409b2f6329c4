using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Platform.Transport;
using YarpWs.Tests.Logs;

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

    [Fact]
    public void Longest_IsOfThoseMeasuredSince_AndOfNow()
    {
        var time = new FakeTimeProvider();
        using var loops = new EventLoops(1, time);
        using var delay = new ProcessDelay(loops, time, NullLogger<ProcessDelay>.Instance);
        var start = time.GetTimestamp();
        delay.Add(TimeSpan.FromSeconds(3));
        time.Advance(ProcessDelay.Beat);
        var second = time.GetTimestamp();
        delay.Add(TimeSpan.FromSeconds(1));
        time.Advance(ProcessDelay.Beat);
        delay.Add(TimeSpan.FromSeconds(2));

        Assert.Equal(TimeSpan.FromSeconds(3), delay.LongestSince(start));
        Assert.Equal(TimeSpan.FromSeconds(2), delay.LongestSince(second));
        Assert.Equal(TimeSpan.FromSeconds(2), delay.LongestSince(time.GetTimestamp() + 1));
        Assert.Equal(TimeSpan.FromSeconds(2), delay.Now);
    }

    [Fact]
    public void Lateness_IsToldOnce_AndItsEnd_WhenItHasNotComeBackForHalfAMinute()
    {
        const int IsLate = 3010;
        const int IsInTime = 3011;
        var time = new FakeTimeProvider();
        using var logs = new LogCollector();
        using var loggers = new LoggerFactory([logs]);
        using var loops = new EventLoops(1, time);
        using var delay = new ProcessDelay(loops, time, loggers.CreateLogger<ProcessDelay>());

        delay.Add(ProcessDelay.Late - TimeSpan.FromMilliseconds(1));
        Assert.Empty(logs.Lines);
        delay.Add(ProcessDelay.Late);
        time.Advance(TimeSpan.FromSeconds(20));
        delay.Add(TimeSpan.FromSeconds(2));
        time.Advance(TimeSpan.FromSeconds(29));
        delay.Add(TimeSpan.Zero);
        Assert.Equal([IsLate], logs.Lines.Select(line => line.Event.Id));

        time.Advance(TimeSpan.FromSeconds(1));
        delay.Add(TimeSpan.Zero);
        delay.Add(TimeSpan.Zero);
        delay.Add(ProcessDelay.Late);

        Assert.Equal([IsLate, IsInTime, IsLate], logs.Lines.Select(line => line.Event.Id));
        Assert.Contains("late for 00:00:20, by 2000 ms at most", logs.Lines[1].Text, StringComparison.Ordinal);
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
