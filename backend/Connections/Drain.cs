using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace YarpWs.Backend.Connections;

/// <summary>How this node takes leave of its clients when it stops. Section <c>Drain</c>.</summary>
internal sealed record DrainOptions
{
    /// <summary>
    /// Clients told to come back elsewhere at once; more when otherwise not all would be told in half the time until
    /// <see cref="Deadline"/>. 1 to 100,000, default 200.
    /// </summary>
    [Range(1, 100_000)]
    public int BatchSize { get; init; } = 200;

    /// <summary>Pause between two batches, so that the clients do not all return in one moment. 0 to 1 min, default 100 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan BatchInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>When the process cuts the clients that are left. 1 s to 10 min, default 8 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(8);
}

/// <summary>
/// The order of going down: not ready and no new connections; goodbye (1012) in batches; wait; at the deadline, leave. It comes
/// before every other part stops, so connections are served until they are told.
/// </summary>
internal sealed class Drain(
    ConnectionTable connections, IOptions<DrainOptions> options, TimeProvider time, ILogger<Drain> logger) : IHostedLifecycleService
{
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value;
        using var deadline = new CancellationTokenSource(settings.Deadline, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);

        var empty = connections.DrainAsync();
        logger.DrainStarted(connections.Connections.Count());
        try
        {
            var left = connections.Connections.ToList();
            var batches = Math.Max(1, settings.Deadline / 2 / Max(settings.BatchInterval, TimeSpan.FromMilliseconds(1)));
            foreach (var batch in left.Chunk(Math.Max(settings.BatchSize, (int)Math.Ceiling(left.Count / batches))))
            {
                foreach (var connection in batch)
                {
                    connection.Close(CloseCode.ServiceRestart);
                }

                await Task.Delay(settings.BatchInterval, time, ending.Token);
            }

            await empty.WaitAsync(ending.Token);
            logger.DrainCompleted();
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            logger.DrainCutShort(connections.Connections.Count());
        }
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
