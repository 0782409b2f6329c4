using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace YarpWs.Backend.Tests.Node;

/// <summary>A clock that a test moves, and which tells when somebody began to wait by it.</summary>
internal sealed class ObservedTime : FakeTimeProvider
{
    private readonly ConcurrentDictionary<TimeSpan, SemaphoreSlim> _timers = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        TimersOf(dueTime).Release();
        return timer;
    }

    /// <summary>Waits until somebody waits for this long, then lets it pass.</summary>
    public async Task PassAsync(TimeSpan dueTime)
    {
        await BeginAsync(dueTime);
        Advance(dueTime);
    }

    /// <summary>Waits until somebody waits for this long.</summary>
    public async Task BeginAsync(TimeSpan dueTime)
    {
        if (!await TimersOf(dueTime).WaitAsync(Deadline.Length))
        {
            throw new TimeoutException($"Waited {Deadline.Length.TotalSeconds} s for somebody to wait for {dueTime}.");
        }
    }

    private SemaphoreSlim TimersOf(TimeSpan dueTime) => _timers.GetOrAdd(dueTime, _ => new SemaphoreSlim(0));
}
