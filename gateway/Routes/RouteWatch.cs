using Microsoft.Extensions.Options;

namespace YarpWs.Gateway.Routes;

/// <summary>
/// Finds changes by reading the files again and comparing, on every file system and whatever an editor or a mounted volume does to a
/// file: notifications are lost where names are links that are swapped, and do not exist on network mounts.
/// </summary>
internal sealed class RouteWatch(RouteFiles files, RouteTable table, IOptions<RoutesOptions> options, TimeProvider time, ILogger<RouteWatch> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        var handled = table.State.Running.Text.Hash;
        string? previous = null;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var text = files.Read();
            if (text.Hash != handled && text.Hash == previous)
            {
                handled = text.Hash;
                await ApplyAsync(text, stoppingToken);
            }

            previous = text.Hash;
        }
    }

    private async Task ApplyAsync(RouteText text, CancellationToken stop)
    {
        try
        {
            await table.ApplyAsync(text, RouteMeans.File, stop);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever it is, the routes that run still do, and the next change has to be seen.
            logger.RoutesFailed(text.Hash, exception);
        }
    }
}
