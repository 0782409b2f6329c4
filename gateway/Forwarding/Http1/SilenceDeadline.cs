namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>
/// How long a destination may be silent while a request waits for it, one wait after the other on the same connection. The timer is set once for many of them: it looks,
/// when it fires, whether the one that waits now has time left. Any thread may call it.
/// </summary>
/// <param name="time">Measures it.</param>
/// <param name="passed">Called in the thread pool when a wait was too long, once.</param>
internal sealed class SilenceDeadline(TimeProvider time, Action passed)
{
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private long _end;
    private long _firesAt = long.MaxValue;
    private bool _isWaiting;
    private bool _isStopped;

    /// <summary>Whether one wait was too long. Then none begins any more.</summary>
    public bool HasPassed { get; private set; }

    /// <summary>A wait begins, in the place of the one before.</summary>
    /// <param name="timeout">How long it may take; nothing or less is for ever.</param>
    public void Begin(TimeSpan timeout)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            _isWaiting = timeout > TimeSpan.Zero;
            _end = now + (long)(timeout.TotalSeconds * time.TimestampFrequency);
            if (_isWaiting && !_isStopped && _end < _firesAt)
            {
                Set(timeout);
            }
        }
    }

    /// <summary>What was waited for has come. False when the time had passed before.</summary>
    public bool End()
    {
        lock (_gate)
        {
            _isWaiting = false;
            return !HasPassed;
        }
    }

    /// <summary>None waits any more.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            _timer?.Dispose();
        }
    }

    private void Set(TimeSpan due)
    {
        _firesAt = _end;
        if (_timer is null)
        {
            _timer = time.CreateTimer(static deadline => ((SilenceDeadline)deadline!).Look(), this, due, Timeout.InfiniteTimeSpan);
        }
        else
        {
            _timer.Change(due, Timeout.InfiniteTimeSpan);
        }
    }

    private void Look()
    {
        lock (_gate)
        {
            _firesAt = long.MaxValue;
            if (!_isWaiting || _isStopped)
            {
                return;
            }

            var left = time.GetElapsedTime(time.GetTimestamp(), _end);
            if (left > TimeSpan.Zero)
            {
                // A timer counts whole milliseconds, and one that fires early would be set for none.
                Set(left + TimeSpan.FromMilliseconds(1));
                return;
            }

            (_isWaiting, HasPassed) = (false, true);
        }

        passed();
    }
}
