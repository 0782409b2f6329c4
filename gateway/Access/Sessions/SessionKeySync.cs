using StackExchange.Redis;
using YarpWs.Gateway.Redis;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>
/// Keeps this gateway's keys of sessions and those in Redis the same: both get what the other has, so a Redis that came back empty has them again. The first gateway of all makes the
/// first key, alone.
/// </summary>
internal sealed class SessionKeySync(SessionKeyRing ring, SessionKeyEncryption encryption, RedisConnection redis, RedisNames names, TimeProvider time) : BackgroundService
{
    /// <summary>The platform makes a key two days before it is needed.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long the first gateway may take for the first key before another one makes it.</summary>
    private static readonly TimeSpan FirstKeyTime = TimeSpan.FromSeconds(10);

    private readonly RedisKey _key = names.SessionKeys(encryption.Name);
    private readonly RedisKey _lock = names.SessionKeysLock(encryption.Name);

    /// <summary>Reads the keys before the gateway listens. Without an answer it starts all the same, and goes on trying.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await SyncAsync();
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(ring.IsKnown ? Interval : RetryInterval, time, stoppingToken);
                await SyncAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task SyncAsync()
    {
        try
        {
            var stored = await redis.Database.HashGetAllAsync(_key, CommandFlags.DemandMaster);
            if (stored.Length == 0 && ring.All.Count == 0)
            {
                if (!await redis.Database.StringSetAsync(_lock, RedisValue.EmptyString, FirstKeyTime, When.NotExists, CommandFlags.DemandMaster))
                {
                    // Another gateway makes the first key in this moment. It is read with the next try.
                    return;
                }

                ring.CreateFirst(time.GetUtcNow());
            }

            ring.Join(stored.Select(entry => KeyValuePair.Create(entry.Name.ToString(), entry.Value.ToString())));
            foreach (var (name, xml) in ring.All.ExceptBy(stored.Select(entry => entry.Name.ToString()), key => key.Key))
            {
                await redis.Database.HashSetAsync(_key, name, xml, flags: CommandFlags.DemandMaster);
            }
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            // Told by RevocationSync, which asks more often. It is tried again.
        }
    }
}
