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
    GroupDirectory groups, GroupStreams streams, RedisHealth health, IOptions<GroupOptions> options, TimeProvider time, ILogger<GroupAudit> logger) : BackgroundService
{
    /// <summary>
    /// When a group whose audit failed has its next: it may have no subscription. The connection that the audit used may have been the old one, in its last moments,
    /// and nothing more tells when the new one serves.
    /// </summary>
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// When, at the latest, groups look for what another server may have taken before Redis came back. They hear again first; and what they delivered before is known for
    /// several times as long.
    /// </summary>
    private static readonly TimeSpan SecondLook = TimeSpan.FromSeconds(5);

    /// <summary>Groups asked about at once: keeps the pipeline to Redis full without crowding out publishes.</summary>
    private const int BatchSize = 256;

    private readonly SemaphoreSlim _returned = new(0, 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        health.Returned += Wake;
        try
        {
            IReadOnlyList<Group> failed = [];
            var wasAway = false;
            var left = options.Value.AuditInterval;
            while (true)
            {
                var waiting = time.GetTimestamp();
                var hasReturned = await _returned.WaitAsync(failed.Count > 0 && RetryPause < left ? RetryPause : left, stoppingToken);
                await health.WaitUntilUpAsync(stoppingToken);
                left -= time.GetElapsedTime(waiting);
                if (!hasReturned && left > TimeSpan.Zero)
                {
                    failed = await AuditAsync(failed, wasAway: false, isRetry: true, stoppingToken);
                    continue;
                }

                failed = await AuditAsync(groups.Groups, wasAway && !hasReturned, isRetry: false, stoppingToken);
                wasAway = hasReturned || (wasAway && failed.Count > 0);
                left = wasAway && SecondLook < options.Value.AuditInterval ? SecondLook : options.Value.AuditInterval;
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

    /// <summary>Answers those whose audit failed because of Redis.</summary>
    private async Task<IReadOnlyList<Group>> AuditAsync(IReadOnlyList<Group> due, bool wasAway, bool isRetry, CancellationToken cancellationToken)
    {
        var failed = new List<Group>();
        foreach (var batch in due.Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var succeeded = await Task.WhenAll(batch.Select(group => TryAuditAsync(group, wasAway, isRetry)));
            failed.AddRange(batch.Where((_, i) => !succeeded[i]));
        }

        return failed;
    }

    private async Task RememberPublishedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await streams.RememberPublishedAsync(cancellationToken);
        }
        catch (Exception exception) when (RedisFailure.IsRedis(exception))
        {
            // It went away again, and will be told when it is back.
            logger.RememberFailed(exception);
        }
    }

    /// <summary>What goes wrong with one group keeps no other from its audit. False when it is worth another try.</summary>
    private async Task<bool> TryAuditAsync(Group group, bool wasAway, bool isRetry)
    {
        try
        {
            await group.AuditAsync(wasAway);
            return true;
        }
        catch (Exception exception) when (RedisFailure.IsRedis(exception))
        {
            if (!isRetry)
            {
                logger.AuditFailed(exception, group.Key);
            }

            return false;
        }
        catch (Exception exception)
        {
            logger.AuditBroken(exception, group.Key);
            return true;
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
