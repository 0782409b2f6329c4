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
    private string? _previous;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var warning in table.State.Content.Diagnostics)
        {
            logger.RouteWarning(warning);
        }

        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await LookAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops, or is disposed without a stop.
        }
    }

    /// <summary>Judges what is on trial, and takes what the files say if they said the same the last time. One call at a time.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        RouteText? text = null;
        try
        {
            await table.JudgeTrialAsync(cancellation);
            text = files.Read();
            if (text.Hash == _previous && !table.HasSeen(text))
            {
                await table.ApplyAsync(text, cancellation);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever it is, the routes that run still do, and the next change has to be seen.
            logger.RoutesFailed(text?.Hash ?? "that could not be read", exception);
        }

        _previous = text?.Hash;
    }
}
