using Microsoft.Extensions.Options;

namespace YarpWs.Gateway.Routes.Text;

/// <summary>
/// Finds changes by reading the files again and comparing, on every file system and whatever an editor or a mounted volume does to a
/// file: notifications are lost where names are links that are swapped, and do not exist on network mounts. Also the one who looks how a
/// change on trial does.
/// </summary>
internal sealed class RouteWatch(RouteFiles files, RouteTable table, IOptions<RoutesOptions> options, TimeProvider time, ILogger<RouteWatch> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var warning in table.State.Content.Diagnostics)
        {
            logger.RouteWarning(warning);
        }

        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        string? previous = null;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var text = files.Read();
            try
            {
                await table.JudgeTrialAsync(stoppingToken);
                if (text.Hash == previous && !table.HasSeen(text))
                {
                    await table.ApplyAsync(text, stoppingToken);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // Whatever it is, the routes that run still do, and the next change has to be seen.
                logger.RoutesFailed(text.Hash, exception);
            }

            previous = text.Hash;
        }
    }
}
