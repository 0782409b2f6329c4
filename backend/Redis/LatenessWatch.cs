namespace YarpWs.Backend.Redis;

/// <summary>
/// Tells whether this process gets to run when it wants to: it sets itself an alarm again and again, and sees how late it wakes. A process that was stopped, or has
/// no processor or no thread to spare, cannot tell whether others are late.
/// </summary>
internal sealed class LatenessWatch(TimeProvider time)
{
    /// <summary>Between two alarms.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>An alarm as late as this is no accident of a timer. Far below every timeout that it is to excuse.</summary>
    internal static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(50);

    /// <summary>An alarm was late since this began.</summary>
    public bool WasLate { get; private set; }

    /// <summary>Watches until it is cancelled, and does not throw then.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var set = time.GetTimestamp();
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            WasLate |= time.GetElapsedTime(set) > Interval + Tolerance;
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
