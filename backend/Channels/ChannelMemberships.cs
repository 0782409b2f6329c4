using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Redis;

namespace YarpWs.Backend.Channels;

/// <summary>
/// The groups of this node as Django's core layer sees them: while one has a member here, it has a channel of this node. It is renewed long before
/// <see cref="ChannelsOptions.GroupExpiry"/>, and each time Redis has come back, which may have forgotten it. Any thread may call.
/// </summary>
internal sealed class ChannelMemberships(
    ChannelNames names, RedisConnection redis, RedisHealth health, IOptions<ChannelsOptions> options, TimeProvider time, ILogger<ChannelMemberships> logger) : BackgroundService
{
    /// <summary>A membership that was not renewed for <see cref="MissedRenewals"/> of these is one of a node that was killed.</summary>
    private static readonly TimeSpan MostRenewalInterval = TimeSpan.FromMinutes(5);

    private const int MissedRenewals = 3;

    /// <summary>Memberships renewed at once: keeps the pipeline to Redis full without crowding out publishes.</summary>
    private const int BatchSize = 256;

    private readonly ConcurrentDictionary<GroupKey, string> _channels = new();
    private readonly SemaphoreSlim _returned = new(0, 1);
    private readonly bool _isOn = options.Value.Layer is ChannelLayer.Core;

    /// <summary>How often a membership is renewed.</summary>
    public TimeSpan RenewalInterval => MostRenewalInterval < options.Value.GroupExpiry / 4 ? MostRenewalInterval : options.Value.GroupExpiry / 4;

    /// <summary>When this returns, what Django sends to the group from now on comes here. Throws when Redis is away.</summary>
    public async Task EnterAsync(GroupKey group)
    {
        if (_isOn && names.Maps(group))
        {
            var channel = _channels.GetOrAdd(group, key => names.NewChannel(key.Name));
            await AddAsync(group, channel);
        }
    }

    /// <summary>Ends what <see cref="EnterAsync"/> began. Does not throw when Redis is away: the membership then ends by itself, as that of a killed node.</summary>
    public async Task LeaveAsync(GroupKey group)
    {
        if (_channels.TryRemove(group, out var channel))
        {
            try
            {
                await RemoveAsync(group.Name, [channel]);
            }
            catch (Exception exception) when (RedisFailure.IsRedis(exception))
            {
                logger.ChannelsMembershipKept(exception, group);
            }
        }
    }

    /// <summary>Removes those of some channels of this system that nobody renews any more, of whichever node they were.</summary>
    public async Task PruneAsync(IEnumerable<string> channels)
    {
        var oldest = ChannelNames.Score(time.GetUtcNow() - (MissedRenewals * RenewalInterval));
        foreach (var inGroup in channels.GroupBy(channel => names.TryReadOwn(channel, out var group) ? group : null).Where(some => some.Key is not null))
        {
            var stale = await redis.Database.SortedSetRangeByScoreAsync(names.Group(inGroup.Key!), double.NegativeInfinity, oldest, flags: CommandFlags.DemandMaster);
            await RemoveAsync(inGroup.Key!, [.. stale.Select(value => (string)value!).Intersect(inGroup)]);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_isOn)
        {
            return;
        }

        health.Returned += Wake;
        try
        {
            while (true)
            {
                await _returned.WaitAsync(RenewalInterval, stoppingToken);
                await health.WaitUntilUpAsync(stoppingToken);
                await RenewAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops; each group leaves with its last member.
        }
        finally
        {
            health.Returned -= Wake;
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var batch in _channels.ToArray().Chunk(BatchSize))
            {
                cancellationToken.ThrowIfCancellationRequested();
                await Task.WhenAll(batch.Select(known => RenewAsync(known.Key, known.Value)));
            }
        }
        catch (Exception exception) when (RedisFailure.IsRedis(exception))
        {
            // Renewed when it is back.
            logger.ChannelsRenewalFailed(exception);
        }
    }

    private async Task RenewAsync(GroupKey group, string channel)
    {
        await AddAsync(group, channel);
        if (!_channels.TryGetValue(group, out var current) || current != channel)
        {
            // The last member left while it was renewed.
            await RemoveAsync(group.Name, [channel]);
        }
    }

    private async Task AddAsync(GroupKey group, string channel)
    {
        var key = names.Group(group.Name);
        await Task.WhenAll(
            redis.Database.SortedSetAddAsync(key, channel, ChannelNames.Score(time.GetUtcNow())),
            redis.Database.KeyExpireAsync(key, options.Value.GroupExpiry));
    }

    private Task RemoveAsync(string group, string[] channels) => channels.Length == 0
        ? Task.CompletedTask
        : redis.Database.SortedSetRemoveAsync(names.Group(group), [.. channels.Select(channel => (RedisValue)channel)]);

    private void Wake()
    {
        try
        {
            _returned.Release();
        }
        catch (SemaphoreFullException)
        {
            // They are renewed next anyhow.
        }
    }
}
