namespace YarpWs.Gateway.Telemetry;

/// <summary>Lets a line of the log through now and then, of what anybody can cause as often as they like. Any thread may ask.</summary>
/// <param name="time">Measures.</param>
internal sealed class LinePace(TimeProvider time)
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private DateTimeOffset _next;
    private long _untold;

    /// <summary>Whether a line may be written now.</summary>
    /// <param name="untold">How many were not since the last one.</param>
    public bool TryTake(out long untold)
    {
        lock (_gate)
        {
            untold = 0;
            var now = time.GetUtcNow();
            if (now < _next)
            {
                _untold++;
                return false;
            }

            _next = now + Between;
            (untold, _untold) = (_untold, 0);
            return true;
        }
    }
}
