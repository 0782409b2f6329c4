namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>
/// How long a destination may take to begin its answer, one request after the other on the same connection. The timer is set once for many of them: it looks, when it
/// fires, whether the one that waits now has time left.
/// </summary>
/// <param name="timeout">The longest that one may wait.</param>
/// <param name="time">Measures it.</param>
/// <param name="passed">Called in the thread pool when the time has passed, once.</param>
internal sealed class FirstByteDeadline(TimeSpan timeout, TimeProvider time, Action passed)
{
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private long _begunAt;
    private bool _isWaiting;
    private bool _isSet;
    private bool _isStopped;

    /// <summary>Whether one has waited too long. Then none waits any more.</summary>
    public bool HasPassed { get; private set; }

    /// <summary>One waits from now on.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            (_begunAt, _isWaiting) = (time.GetTimestamp(), true);
            if (!_isStopped && !_isSet)
            {
                Set(timeout);
            }
        }
    }

    /// <summary>The answer has begun. False when the time had passed before.</summary>
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
        _isSet = true;
        if (_timer is null)
        {
            _timer = time.CreateTimer(static deadline => ((FirstByteDeadline)deadline!).Look(), this, due, Timeout.InfiniteTimeSpan);
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
            _isSet = false;
            if (!_isWaiting || _isStopped)
            {
                return;
            }

            var left = timeout - time.GetElapsedTime(_begunAt);
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
