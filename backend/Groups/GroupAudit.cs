using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Streams;

namespace YarpWs.Backend.Groups;

/// <summary>
/// Compares every group of this node with its log, by the clock and each time Redis has come back. Pub/sub may lose messages
/// without a word; after this they are delivered from the log. Redis may have forgotten some; after this it knows of them.
/// </summary>
internal sealed class GroupAudit(
    GroupDirectory groups, GroupStreams streams, RedisHealth health, IOptions<GroupOptions> options, ILogger<GroupAudit> logger) : BackgroundService
{
    /// <summary>Groups asked about at once: keeps the pipeline to Redis full without crowding out publishes.</summary>
    private const int BatchSize = 256;

    private readonly SemaphoreSlim _returned = new(0, 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        health.Returned += Wake;
        try
        {
            while (true)
            {
                var hasReturned = await _returned.WaitAsync(options.Value.AuditInterval, stoppingToken);
                await health.WaitUntilUpAsync(stoppingToken);
                await AuditAsync(stoppingToken);
                if (hasReturned)
                {
                    await RememberPublishedAsync(stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops; its members are being closed.
        }
        finally
        {
            health.Returned -= Wake;
        }
    }

    private async Task AuditAsync(CancellationToken cancellationToken)
    {
        foreach (var batch in groups.Groups.Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.WhenAll(batch.Select(AuditAsync));
        }
    }

    private async Task RememberPublishedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await streams.RememberPublishedAsync(groups.Groups.Select(group => group.Key).ToHashSet(), cancellationToken);
        }
        catch (Exception exception) when (RedisFailure.IsRedis(exception))
        {
            // It went away again, and will be told when it is back.
            logger.RememberFailed(exception);
        }
    }

    /// <summary>What goes wrong with one group keeps no other from its audit.</summary>
    private async Task AuditAsync(Group group)
    {
        try
        {
            await group.AuditAsync();
        }
        catch (Exception exception) when (RedisFailure.IsRedis(exception))
        {
            logger.AuditFailed(exception, group.Key);
        }
        catch (Exception exception)
        {
            logger.AuditBroken(exception, group.Key);
        }
    }

    private void Wake()
    {
        try
        {
            _returned.Release();
        }
        catch (SemaphoreFullException)
        {
            // An audit is due already.
        }
    }
}

/// <summary>How this node keeps up with the groups of its members. Section <c>Groups</c>.</summary>
internal sealed record GroupOptions
{
    /// <summary>How often every group of this node is compared with its log, to find what pub/sub lost. 500 ms to 5 min, default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:05:00")]
    public TimeSpan AuditInterval { get; init; } = TimeSpan.FromSeconds(5);
}
