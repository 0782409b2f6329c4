using System.Diagnostics;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using YarpWs.Platform.Redis;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Redis;

/// <summary>
/// The one connection of this gateway to Redis, where one is configured. It is opened when the host starts and never given up: while Redis
/// is away, commands fail at once instead of queueing (<see cref="IsAway"/> knows their exceptions), and the library reconnects in the background.
/// </summary>
internal sealed class RedisConnection(IOptions<RedisOptions> options, EventLoops loops, ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private RedisLink? _link;

    /// <summary>Raised when a connection to Redis was lost or restored, from a thread of the library; handlers must return at once.</summary>
    public event Action? Changed;

    public bool IsConfigured { get; } = !string.IsNullOrEmpty(options.Value.Configuration);

    /// <summary>For any command. Throws what <see cref="IsAway"/> knows while the master is about to be replaced: nothing may be written to it then.</summary>
    public IDatabase Database => Link.Database;

    public ISubscriber Subscriber => Link.Multiplexer.GetSubscriber();

    private RedisLink Link => _link ?? throw new UnreachableException("Redis is used before the host has started, or where none is configured.");

    /// <summary>Whether a command failed because Redis is away, refuses writes or does not answer, and not by a fault of the gateway's.</summary>
    public static bool IsAway(Exception exception) => exception is RedisException or RedisCommandException or TimeoutException;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (IsConfigured)
        {
            _link = await RedisLink.OpenAsync(Settings(options.Value), loops, loggers);
            _link.Changed += () => Changed?.Invoke();
        }
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
        RedisSettings.Read(options.Configuration!, $"{options.KeyPrefix}:gateway", options.CommandTimeout, "yarpws-gateway");
}
