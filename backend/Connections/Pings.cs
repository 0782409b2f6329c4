using Microsoft.Extensions.Options;

namespace YarpWs.Backend.Connections;

/// <summary>
/// Has every connection look at its client's silence, in rounds: one timer for all of them, because one for each cost ten thousand quiet members
/// a tenth of a processor.
/// </summary>
internal sealed class Pings(ConnectionTable connections, IOptions<ConnectionOptions> options, TimeProvider time) : BackgroundService
{
    /// <summary>Silence is found this late at most. A round passes over all connections, which is not to be felt.</summary>
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var shortest = options.Value.PingInterval < options.Value.PongTimeout ? options.Value.PingInterval : options.Value.PongTimeout;
        var round = shortest / 4 < LongestRound ? shortest / 4 : LongestRound;
        using var timer = new PeriodicTimer(round, time);
        var last = time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = time.GetTimestamp();
                var passed = time.GetElapsedTime(last, now);
                last = now;

                // Of a pause of the whole process clients know nothing: what they sent meanwhile is still to be read.
                Look(passed < 2 * round ? passed : 2 * round);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The connections have been told to leave by now.
        }
    }

    private void Look(TimeSpan passed)
    {
        foreach (var connection in connections.Connections)
        {
            connection.Watch(passed);
        }
    }
}
