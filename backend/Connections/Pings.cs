using Microsoft.Extensions.Options;
using YarpWs.Platform.Transport;

namespace YarpWs.Backend.Connections;

/// <summary>
/// Has every connection look at its client's silence, in rounds: one timer for all of them, because one for each cost ten thousand quiet members
/// a tenth of a processor.
/// </summary>
internal sealed class Pings(ConnectionTable connections, ProcessDelay delay, IOptions<ConnectionOptions> options, TimeProvider time) : BackgroundService
{
    /// <summary>Silence is found this late at most. A round passes over all connections, which is not to be felt.</summary>
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _round = RoundOf(options.Value);
    private long _last = time.GetTimestamp();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_round, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Look();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The connections have been told to leave by now.
        }
    }

    /// <summary>One round. Only the loop above calls it, and tests.</summary>
    public void Look()
    {
        var now = time.GetTimestamp();
        var passed = time.GetElapsedTime(_last, now);
        var isLate = delay.LongestSince(_last) >= ProcessDelay.Late;
        _last = now;

        // Of a pause of the whole process, or of a loop that is behind, clients know nothing: what they sent meanwhile is still to be read.
        var counted = isLate ? TimeSpan.Zero : passed < 2 * _round ? passed : 2 * _round;
        foreach (var connection in connections.Connections)
        {
            connection.Watch(counted);
        }
    }

    private static TimeSpan RoundOf(ConnectionOptions options)
    {
        var shortest = options.PingInterval < options.PongTimeout ? options.PingInterval : options.PongTimeout;
        return shortest / 4 < LongestRound ? shortest / 4 : LongestRound;
    }
}
