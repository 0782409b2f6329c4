namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>Looks every few seconds at what nobody else would come back to: counts that are idle, and limits that have fallen quiet.</summary>
internal sealed class LimitWatch(SocketLimits limits, LimitReport report, TimeProvider time) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                limits.Forget();
                report.Look();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops, and the counts with it.
        }
    }
}
