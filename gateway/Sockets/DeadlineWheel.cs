using System.Collections.Concurrent;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// One clock for the deadlines of all sockets: a wheel of slots, one of which comes due at every tick. A socket stands in one slot at a
/// time, so a hundred thousand of them cost no timer each. Deadlines are met within <see cref="Tick"/>, and never early.
/// </summary>
internal sealed class DeadlineWheel(TimeProvider time, ILogger<DeadlineWheel> logger)
{
    public static readonly TimeSpan Tick = ProcessDelay.Beat;

    /// <summary>The wheel's horizon is this many ticks; what is due later is looked at when the wheel has come round.</summary>
    private const int Slots = 512;

    /// <summary>A turn that comes later than this many ticks was held up by a pause: a suspended machine, a stopped process.</summary>
    private const int PauseTicks = 5;

    private readonly List<(WheelEntry Entry, long Tick)>[] _slots = [.. Enumerable.Range(0, Slots).Select(_ => new List<(WheelEntry, long)>())];
    private readonly ConcurrentQueue<WheelEntry> _arrivals = new();
    private readonly long _start = time.GetTimestamp();
    private readonly long _tickLength = (long)(Tick.TotalSeconds * time.TimestampFrequency);
    private long _now = time.GetTimestamp();
    private long _missed;
    private bool _isHeld;
    private long _currentTick;

    /// <summary>
    /// The time of the last tick: good enough to tell when a peer was last heard, and free to read. A timestamp, less what the process
    /// was paused: a bound that ran meanwhile would be over before the answers that wait in the socket's buffer are read.
    /// </summary>
    public long Now => Volatile.Read(ref _now);

    /// <summary>Begins to watch a socket, or looks at one again because something about it has changed. Any thread may call it.</summary>
    public void Watch(WheelEntry entry) => _arrivals.Enqueue(entry);

    /// <summary>
    /// The time that has passed since the last tick does not count: what was sent meanwhile has not been read, because this process is behind. Any
    /// thread may call it.
    /// </summary>
    public void Hold() => Volatile.Write(ref _isHeld, true);

    /// <summary>Comes up to the present. A beat that was late has several ticks to make up for. Only <see cref="WheelBeat"/> calls it, one call at a time.</summary>
    public void Turn()
    {
        var timestamp = time.GetTimestamp();
        var passed = timestamp - _missed - _now;
        if (passed > PauseTicks * _tickLength || Interlocked.Exchange(ref _isHeld, false))
        {
            _missed += passed;
        }

        var now = timestamp - _missed;
        Volatile.Write(ref _now, now);
        for (var tick = (timestamp - _start) / _tickLength; _currentTick < tick; _currentTick++)
        {
            var slot = _slots[_currentTick % Slots];
            var due = slot.ToArray();
            slot.Clear();
            foreach (var (entry, scheduled) in due)
            {
                // A socket that was looked at again in between stands in a later slot as well.
                if (entry.ScheduledTick == scheduled)
                {
                    Check(entry, now);
                }
            }
        }

        for (var arrived = _arrivals.Count; arrived > 0 && _arrivals.TryDequeue(out var entry); arrived--)
        {
            Check(entry, now);
        }
    }

    private void Check(WheelEntry entry, long now)
    {
        if (DueOf(entry, now) is not { } due)
        {
            return;
        }

        // Rounded up: late by less than a tick, not early.
        var tick = Math.Max(_currentTick + 1, (due + _missed - _start + _tickLength - 1) / _tickLength);
        entry.ScheduledTick = Math.Min(tick, _currentTick + Slots - 1);
        _slots[entry.ScheduledTick % Slots].Add((entry, entry.ScheduledTick));
    }

    /// <summary>A fault in one socket must not leave all others without their deadlines.</summary>
    private long? DueOf(WheelEntry entry, long now)
    {
        try
        {
            return entry.Check(now);
        }
        catch (Exception exception)
        {
            logger.SocketUnwatched(entry.SocketId, exception);
            return null;
        }
    }
}

/// <summary>
/// A socket's entry in the wheel. It stays there until its slot comes round, long after the socket has ended perhaps, and so holds nothing of
/// it from its end on.
/// </summary>
internal sealed class WheelEntry(SocketDeadlines life)
{
    private volatile SocketDeadlines? _life = life;

    public long SocketId { get; } = life.SocketId;

    /// <summary>The tick at which the wheel will ask next. Belongs to the wheel.</summary>
    public long ScheduledTick { get; set; }

    /// <inheritdoc cref="SocketDeadlines.Check"/>
    public long? Check(long now) => _life?.Check(now);

    /// <summary>The socket has ended; nothing is due any more.</summary>
    public void End() => _life = null;
}
