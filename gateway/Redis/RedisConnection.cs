using System.Diagnostics;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace YarpWs.Gateway.Redis;

/// <summary>
/// The one connection of this gateway to Redis, where one is configured. It is opened when the host starts and never given up: while Redis
/// is away, commands fail at once instead of queueing (<see cref="IsAway"/> knows their exceptions), and the library reconnects in the background.
/// </summary>
internal sealed class RedisConnection(IOptions<RedisOptions> options) : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromMilliseconds(500);

    private ConnectionMultiplexer? _multiplexer;

    /// <summary>Raised when a connection to Redis was lost or restored, from a thread of the library; handlers must return at once.</summary>
    public event Action? Changed;

    public bool IsConfigured { get; } = !string.IsNullOrEmpty(options.Value.Configuration);

    public IDatabase Database => Multiplexer.GetDatabase();

    public ISubscriber Subscriber => Multiplexer.GetSubscriber();

    private ConnectionMultiplexer Multiplexer =>
        _multiplexer ?? throw new UnreachableException("Redis is used before the host has started, or where none is configured.");

    /// <summary>Whether a command failed because Redis is away, refuses writes or does not answer, and not by a fault of the gateway's.</summary>
    public static bool IsAway(Exception exception) => exception is RedisException or RedisCommandException or TimeoutException;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (IsConfigured)
        {
            _multiplexer = await ConnectionMultiplexer.ConnectAsync(Settings(options.Value));
            _multiplexer.ConnectionFailed += (_, _) => Changed?.Invoke();
            _multiplexer.ConnectionRestored += (_, _) => Changed?.Invoke();
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_multiplexer is not null)
        {
            await _multiplexer.DisposeAsync();
        }
    }

    /// <summary>Whether <see cref="RedisOptions.Configuration"/> can be read, and asks for nothing that would part publishers from subscribers.</summary>
    public static bool IsConnectionString(RedisOptions options)
    {
        try
        {
            return string.IsNullOrEmpty(options.Configuration)
                || Settings(options) is { ChannelPrefix.IsNullOrEmpty: true, DefaultDatabase: null or 0 };
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static ConfigurationOptions Settings(RedisOptions options)
    {
        var settings = ConfigurationOptions.Parse(options.Configuration!);
        settings.ClientName ??= "yarpws-gateway";
        settings.AbortOnConnectFail = false;
        settings.BacklogPolicy = BacklogPolicy.FailFast;
        settings.AsyncTimeout = settings.SyncTimeout = settings.ConnectTimeout = (int)options.CommandTimeout.TotalMilliseconds;
        settings.ReconnectRetryPolicy = new LinearRetry((int)ReconnectPause.TotalMilliseconds);
        return settings;
    }
}
