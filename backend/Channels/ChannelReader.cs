using Microsoft.Extensions.Options;
using YarpWs.Backend.Redis;
using YarpWs.Platform.Settings;

namespace YarpWs.Backend.Channels;

/// <summary>
/// Takes what Django sends to groups of rooms, and publishes it there as a message of a room: one position, in the log, once, however many nodes there are. All nodes run
/// this, and one of them at a time reads.
/// </summary>
internal sealed class ChannelReader(
    ReaderLease lease,
    CoreReader core,
    PubSubReader pubSub,
    RedisConnection redis,
    RedisHealth health,
    IOptions<ChannelsOptions> options,
    TimeProvider time,
    ILogger<ChannelReader> logger) : BackgroundService
{
    /// <summary>The library keeps the subscription from then on.</summary>
    private bool _isShown;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Layer is ChannelLayer.None)
        {
            return;
        }

        try
        {
            while (true)
            {
                await health.WaitUntilUpAsync(stoppingToken);
                ThrowIfCluster();
                await TryReadAsync(stoppingToken);
                await Task.Delay(ReaderLease.Interval, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops; another node reads on.
        }
    }

    private async Task TryReadAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (!_isShown)
            {
                await lease.ShowAsync();
                _isShown = true;
            }

            if (await lease.TryHoldAsync())
            {
                await ReadAsync(stoppingToken);
            }
        }
        catch (Exception exception) when (RedisFailure.IsRedis(exception))
        {
            logger.ChannelsReaderInterrupted(exception);
        }
    }

    /// <summary>Reads for as long as the lease is held. Throws when Redis is away.</summary>
    private async Task ReadAsync(CancellationToken stoppingToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var holding = lease.HoldAsync(ended.Token);
        var reading = options.Value.Layer is ChannelLayer.Core ? core.ReadAsync(lease, ended.Token) : pubSub.ReadAsync(lease, ended.Token);
        try
        {
            await Task.WhenAny(holding, reading);
        }
        finally
        {
            await ended.CancelAsync();
            await Task.WhenAll(holding, reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (stoppingToken.IsCancellationRequested)
        {
            await lease.ReleaseAsync();
        }

        // What ended first says why; the other was only told to end.
        foreach (var ending in new[] { holding, reading }.Where(task => !task.IsCanceled))
        {
            await ending;
        }
    }

    private void ThrowIfCluster()
    {
        if (redis.IsCluster)
        {
            throw new InvalidSettingException(
                $"{ChannelsOptions.Section}:{nameof(ChannelsOptions.Layer)}",
                "Redis:Configuration is a Cluster, which channels_redis does not work with: it spreads its keys by a hash of its own. Use the Redis, or the Sentinels, that Django uses.");
        }
    }
}
