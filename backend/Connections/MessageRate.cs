namespace YarpWs.Backend.Connections;

/// <summary>A token bucket: so many messages per second on average, and so many at once after a pause. For one thread.</summary>
internal sealed class MessageRate(int perSecond, int burst, TimeProvider time)
{
    private double _tokens = burst;
    private long _filled = time.GetTimestamp();

    /// <summary>Counts one message. False when it is one too many.</summary>
    public bool TryTake()
    {
        var now = time.GetTimestamp();
        _tokens = Math.Min(burst, _tokens + (time.GetElapsedTime(_filled, now).TotalSeconds * perSecond));
        _filled = now;
        if (_tokens < 1)
        {
            return false;
        }

        _tokens--;
        return true;
    }
}
