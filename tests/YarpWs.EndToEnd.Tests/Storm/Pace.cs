namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>
/// The clock of a storm. Elsewhere tests wait for events; a storm lasts, its faults last, and its clients speak at a rate: those are times by their nature,
/// and all of them pass here.
/// </summary>
internal sealed class Pace(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>Since the start of the storm; never goes back, whatever becomes of the machine's clock.</summary>
    public TimeSpan Now => time.GetElapsedTime(_start);

    public Task PassAsync(TimeSpan duration, CancellationToken cancellationToken) => Task.Delay(duration, time, cancellationToken);

    public PeriodicTimer Every(TimeSpan period) => new(period, time);

    public CancellationTokenSource Deadline(TimeSpan deadline) => new(deadline, time);
}
