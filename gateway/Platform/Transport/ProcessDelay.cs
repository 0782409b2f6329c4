namespace YarpWs.Platform.Transport;

/// <summary>
/// How late this process is: how long what is ready waits for its turn, in the event loops and in the thread pool. A deadline that others have to
/// meet says nothing about them while this is long: their answers may be here and not read yet. Any thread may ask.
/// </summary>
internal sealed class ProcessDelay(EventLoops loops, TimeProvider time, ILogger<ProcessDelay> logger) : BackgroundService
{
    /// <summary>How often it is measured.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(200);

    /// <summary>From here on this process counts as late: bounds that others have to meet are some seconds.</summary>
    public static readonly TimeSpan Late = TimeSpan.FromMilliseconds(500);

    /// <summary>The log says that it is over when it has not been late for so long.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);

    /// <summary>Enough for the longest wait for a probe, which is a minute, with what comes before and behind it.</summary>
    private const int Samples = 1024;

    private readonly Lock _gate = new();
    private readonly (long At, TimeSpan Delay)[] _samples = new (long, TimeSpan)[Samples];
    private int _next;
    private long? _beatAt;
    private TimeSpan _now;
    private TimeSpan _longest;
    private long? _lateSince;
    private long _lateAt;

    /// <summary>Raised at each beat with the delay measured, on a thread of the pool. What it runs must not throw.</summary>
    public event Action<TimeSpan>? Measured;

    /// <summary>The delay now: the last that was measured, or how long the next measurement is overdue when that is longer.</summary>
    public TimeSpan Now
    {
        get
        {
            lock (_gate)
            {
                var overdue = _beatAt is { } beat ? time.GetElapsedTime(beat) - Beat : TimeSpan.Zero;
                return Max(overdue, _now);
            }
        }
    }

    /// <summary>The longest delay since a timestamp of the <see cref="TimeProvider"/>; as far back as some three minutes.</summary>
    public TimeSpan LongestSince(long timestamp)
    {
        var now = Now;
        lock (_gate)
        {
            return _samples.Where(sample => sample.At >= timestamp).Select(sample => sample.Delay).Append(now).Max();
        }
    }

    /// <summary>Takes a measurement down. Only the loop below calls it, and tests.</summary>
    public void Add(TimeSpan delay)
    {
        lock (_gate)
        {
            _now = delay;
            _samples[_next++ % Samples] = (time.GetTimestamp(), delay);
        }

        Tell(delay);
        Measured?.Invoke(delay);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        DelayProbe[] probes = EventLoops.AreSupported ? [.. loops.All.Select(loop => new DelayProbe(loop, time))] : [];
        using var timer = new PeriodicTimer(Beat, time);
        try
        {
            Array.ForEach(probes, probe => probe.Send());
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Add(probes.Select(probe => probe.Delay).Append(Overdue()).Max());
                Array.ForEach(probes, probe => probe.Send());
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
        finally
        {
            lock (_gate)
            {
                _beatAt = null;
            }

            Array.ForEach(probes, probe => probe.Dispose());
        }
    }

    /// <summary>By how much a beat comes late: it has waited for the pool, or for the processor.</summary>
    private TimeSpan Overdue()
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            var overdue = _beatAt is { } before ? time.GetElapsedTime(before, now) - Beat : TimeSpan.Zero;
            _beatAt = now;
            return Max(overdue, TimeSpan.Zero);
        }
    }

    private void Tell(TimeSpan delay)
    {
        var now = time.GetTimestamp();
        if (delay >= Late)
        {
            _longest = Max(delay, _longest);
            _lateAt = now;
            if (_lateSince is null)
            {
                _lateSince = now;
                logger.ProcessIsLate(delay.TotalMilliseconds);
            }
        }
        else if (_lateSince is { } since && time.GetElapsedTime(_lateAt, now) >= Quiet)
        {
            logger.ProcessIsInTime(time.GetElapsedTime(since, _lateAt), _longest.TotalMilliseconds);
            (_lateSince, _longest) = (null, TimeSpan.Zero);
        }
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
