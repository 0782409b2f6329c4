using System.Threading.Channels;

namespace YarpWs.EndToEnd.Tests.Sessions;

/// <summary>Stands still until the test moves it on. A timer comes due then, and once however far it was moved.</summary>
internal sealed class HandTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<HandTimer> _timers = [];
    private readonly Channel<TimeSpan> _made = Channel.CreateUnbounded<TimeSpan>();
    private TaskCompletionSource _look = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset _now = System.GetUtcNow();

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            _look.TrySetResult();
            return _now;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            var timer = new HandTimer(this, () => callback(state), _now + dueTime, period);
            _timers.Add(timer);
            _made.Writer.TryWrite(dueTime);
            return timer;
        }
    }

    /// <summary>In how long the next timer that is made comes due, of those that were not asked about yet.</summary>
    public async Task<TimeSpan> NextTimerAsync() => await _made.Reader.ReadAsync(Deadline.Token());

    /// <summary>Moves it on; comes when somebody has looked at it since.</summary>
    public Task MoveAndAwaitLookAsync(TimeSpan time)
    {
        Task look;
        lock (_gate)
        {
            _look = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            look = _look.Task;
        }

        Move(time);
        return look.WaitAsync(Deadline.Token());
    }

    public void Move(TimeSpan time)
    {
        HandTimer[] due;
        lock (_gate)
        {
            _now += time;
            due = [.. _timers.Where(timer => timer.DueAt <= _now)];
            Array.ForEach(due, timer => timer.DueAt = timer.Period > TimeSpan.Zero ? _now + timer.Period : DateTimeOffset.MaxValue);
        }

        Array.ForEach(due, timer => timer.Run());
    }

    private sealed class HandTimer(HandTime time, Action run, DateTimeOffset dueAt, TimeSpan period) : ITimer
    {
        public DateTimeOffset DueAt { get; set; } = dueAt;

        public TimeSpan Period => period;

        public void Run() => run();

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod) => throw new NotSupportedException();

        public void Dispose()
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
