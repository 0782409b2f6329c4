namespace YarpWs.Gateway.Routes.Locations;

/// <summary>Looks every second, on the pool, whether the files are there that conditions of the running locations ask for.</summary>
internal sealed class LocationFiles(RunningLocations running, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var file in running.Table.Files)
                {
                    file.Look();
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops, or is disposed without a stop.
        }
    }
}
