using System.Diagnostics;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using YarpWs.Platform.Transport;

namespace YarpWs.Backend.Redis;

/// <summary>
/// The one connection of this process to Redis. It is opened when the host starts and never given up: while Redis is away,
/// commands fail at once (<see cref="RedisException"/> or <see cref="RedisTimeoutException"/>) instead of queueing, and the
/// library reconnects in the background.
/// </summary>
internal sealed class RedisConnection(IOptions<RedisOptions> options, EventLoops loops) : IHostedService, IAsyncDisposable
{
    private ConnectionMultiplexer? _multiplexer;

    /// <summary>Raised when a connection to Redis was lost or restored, from a thread of the library; handlers must return at once.</summary>
    public event Action? Changed;

    public IDatabase Database => Multiplexer.GetDatabase();

    public ISubscriber Subscriber => Multiplexer.GetSubscriber();

    /// <summary>Subscriptions to a channel on all servers together: each server knows only of its own.</summary>
    public async Task<long> CountSubscriptionsAsync(RedisChannel channel)
    {
        var counts = await Task.WhenAll(Multiplexer.GetServers().Where(server => server.IsConnected).Select(server => server.SubscriptionSubscriberCountAsync(channel)));
        return counts.Sum();
    }

    private ConnectionMultiplexer Multiplexer =>
        _multiplexer ?? throw new UnreachableException("Redis is used before the host has started.");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var settings = Settings(options.Value);

        // The library may change what a transport of one's own has to be; then this does not compile.
#pragma warning disable SER009
        settings.Tunnel ??= new RedisTunnel(loops, settings);
#pragma warning restore SER009
        _multiplexer = await ConnectionMultiplexer.ConnectAsync(settings);
        _multiplexer.ConnectionFailed += (_, _) => Changed?.Invoke();
        _multiplexer.ConnectionRestored += (_, _) => Changed?.Invoke();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_multiplexer is not null)
        {
            await _multiplexer.DisposeAsync();
        }
    }

    /// <summary>
    /// What the library is told. Throws <see cref="ArgumentException"/> when <see cref="RedisOptions.Configuration"/> cannot be read, or asks for
    /// what would part publishers from subscribers.
    /// </summary>
    public static ConfigurationOptions Settings(RedisOptions options)
    {
        var settings = ConfigurationOptions.Parse(options.Configuration);
        if (settings.ChannelPrefix != default(RedisChannel) && !settings.ChannelPrefix.IsNullOrEmpty)
        {
            throw new ArgumentException("channelPrefix is not for this system; use Redis:KeyPrefix.");
        }

        if (settings.DefaultDatabase is not (null or 0))
        {
            throw new ArgumentException("defaultDatabase is not for this system, because pub/sub knows no databases; use Redis:KeyPrefix.");
        }

        settings.ClientName ??= "yarpws-backend";
        settings.AbortOnConnectFail = false;
        settings.BacklogPolicy = BacklogPolicy.FailFast;
        settings.AsyncTimeout = settings.SyncTimeout = settings.ConnectTimeout = (int)options.CommandTimeout.TotalMilliseconds;
        settings.ReconnectRetryPolicy = new LinearRetry(500);
        return settings;
    }
}
