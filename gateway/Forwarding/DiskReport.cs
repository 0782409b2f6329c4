namespace YarpWs.Gateway.Forwarding;

/// <summary>Says that files for bodies cannot be written, once in a while however many there are. Any thread may call it.</summary>
internal sealed class DiskReport(TimeProvider time, ILogger<DiskReport> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private long? _saidAt;
    private long _bodies;

    public void Failed(Exception exception)
    {
        long bodies;
        lock (_gate)
        {
            _bodies++;
            if (_saidAt is { } at && time.GetElapsedTime(at) < Pause)
            {
                return;
            }

            (bodies, _bodies, _saidAt) = (_bodies, 0, time.GetTimestamp());
        }

        logger.BodyNotBuffered(bodies, exception.Message);
    }
}
