using System.Diagnostics;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using YarpWs.Platform.Redis;
using YarpWs.Platform.Transport;

namespace YarpWs.Backend.Redis;

/// <summary>
/// The one connection of this process to Redis. It is opened when the host starts and never given up: while Redis is away,
/// commands fail at once (<see cref="RedisException"/> or <see cref="RedisTimeoutException"/>) instead of queueing, and the
/// library reconnects in the background.
/// </summary>
internal sealed class RedisConnection(IOptions<RedisOptions> options, EventLoops loops, ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private const string Plain = "PUBLISH";
    private const string Sharded = "SPUBLISH";

    /// <summary>Many times what the library takes to ask again for what was subscribed, once it has looked at it.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(250);

    /// <summary>Connections that are lost and restored without end hold nobody up.</summary>
    private static readonly TimeSpan MaxSettling = TimeSpan.FromSeconds(2);

    private RedisLink? _link;
    private long _changed;
    private volatile string? _publishCommand;

    /// <summary>Raised when a connection to Redis was lost or restored, from a thread of the library; handlers must return at once.</summary>
    public event Action? Changed;

    /// <summary>For any command. Throws <see cref="RedisConnectionException"/> while the master is about to be replaced: nothing may be written to it then.</summary>
    public IDatabase Database => Link.Database;

    public ISubscriber Subscriber => Multiplexer.GetSubscriber();

    /// <summary>
    /// The command by which scripts publish to a channel of a hub. A Cluster of Redis 7 has sharded pub/sub: what is published stays on the servers of its slot,
    /// where it otherwise goes to every server of the Cluster. All nodes must agree, so the servers alone decide it, once one of them has answered.
    /// </summary>
    public string PublishCommand
    {
        get
        {
            if (_publishCommand is null && Multiplexer.GetServers().Where(server => server.IsConnected).ToArray() is { Length: > 0 } servers)
            {
                _publishCommand = servers.All(server => server.ServerType is ServerType.Cluster && server.Version.Major >= 7) ? Sharded : Plain;
            }

            return _publishCommand ?? Plain;
        }
    }

    /// <summary>
    /// A hub's channel, as it is subscribed to. In a Cluster that is at the server that holds the hub's keys, and nowhere else: a channel that could be
    /// subscribed to at any server is at two of them for a while after a cut, and each message is heard twice.
    /// </summary>
    public RedisChannel Route(RedisChannel channel) => IsSharded ? RedisChannel.Sharded((byte[])channel!) : channel.WithKeyRouting();

    /// <summary>Subscriptions to a channel on all servers together: each server knows only of its own.</summary>
    public async Task<long> CountSubscriptionsAsync(RedisChannel channel)
    {
        var counts = await Task.WhenAll(Multiplexer.GetServers().Where(server => server.IsConnected).Select(CountAsync));
        return counts.Sum();

        async Task<long> CountAsync(IServer server) => IsSharded
            ? (long)(await server.ExecuteAsync("PUBSUB", "SHARDNUMSUB", channel))[1]
            : await server.SubscriptionSubscriberCountAsync(channel);
    }

    /// <summary>
    /// Completes when no connection has been lost or restored for a moment, at once as a rule. When one is restored, the library looks at its subscriptions and asks for those that
    /// are not connected, without a lock: one that is ended between the two is subscribed for as long as that connection lasts. To be awaited before the last end of a subscription.
    /// </summary>
    public async Task SettleAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (Settling - Stopwatch.GetElapsedTime(Volatile.Read(ref _changed)) is { Ticks: > 0 } left && Stopwatch.GetElapsedTime(started) < MaxSettling)
        {
            await Task.Delay(left);
        }
    }

    /// <summary>
    /// Why there is no connection, as one that is made for the question finds it. Where the library's two are refused at the same time, what it keeps of them may be that the
    /// one was closed together with the other. Answers <paramref name="failure"/> where the new one is not refused.
    /// </summary>
    public async Task<Exception> FindCauseAsync(Exception failure)
    {
        var settings = Settings(options.Value);

        // Without pub/sub it has one connection.
        settings.CommandMap = CommandMap.Create(["SUBSCRIBE"], available: false);
        try
        {
            await using var link = await RedisLink.OpenAsync(settings, loops, loggers);
            await link.Database.PingAsync();
            return failure;
        }
        catch (Exception cause) when (RedisFailure.IsRedis(cause))
        {
            return cause;
        }
    }

    /// <summary>Whether what answers is a Cluster; false while nothing does.</summary>
    public bool IsCluster => Multiplexer.GetServers().Any(server => server is { IsConnected: true, ServerType: ServerType.Cluster });

    private bool IsSharded => PublishCommand == Sharded;

    private ConnectionMultiplexer Multiplexer => Link.Multiplexer;

    private RedisLink Link => _link ?? throw new UnreachableException("Redis is used before the host has started.");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _link = await RedisLink.OpenAsync(Settings(options.Value), loops, loggers);
        _link.Changed += () =>
        {
            Volatile.Write(ref _changed, Stopwatch.GetTimestamp());
            Changed?.Invoke();
        };
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        // It may be asked for twice: the container knows it under two names.
        if (Interlocked.Exchange(ref _link, null) is { } link)
        {
            await link.DisposeAsync();
        }
    }

    /// <summary>What the library is told. Throws <see cref="ArgumentException"/> as <see cref="RedisSettings.Read"/> does.</summary>
    public static ConfigurationOptions Settings(RedisOptions options) =>
        RedisSettings.Read(options.Configuration, options.KeyPrefix, options.CommandTimeout, "yarpws-backend");
}
