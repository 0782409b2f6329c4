using StackExchange.Redis;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Redis;

/// <summary>
/// The library's connection to Redis, be it one server, a master that Sentinels name, or a Cluster. It is never given up: while Redis is away, commands fail at
/// once, and the library reconnects in the background. Any thread may use it.
/// </summary>
internal sealed class RedisLink : IAsyncDisposable
{
    /// <summary>What the library calls the master, whichever it is; no such host is ever looked up.</summary>
    private const int AnyPort = 6379;

    private readonly RedisMaster? _master;
    private readonly ConfigurationOptions _settings;
    private readonly bool _isAnother;
    private ConnectionMultiplexer? _multiplexer;

    private RedisLink(RedisMaster? master, ConfigurationOptions settings, bool isAnother = false)
    {
        _master = master;
        _settings = settings;
        _isAnother = isAnother;
    }

    /// <summary>Raised when a connection was lost or restored, or the master is another, from a thread of the library; handlers must return at once.</summary>
    public event Action? Changed;

    public ConnectionMultiplexer Multiplexer => _multiplexer!;

    /// <summary>For any command.</summary>
    /// <exception cref="RedisConnectionException">The master is about to be replaced: what is written to it now may be lost.</exception>
    public IDatabase Database => _master is not { IsSteppingDown: true }
        ? Multiplexer.GetDatabase()
        : throw new RedisConnectionException(
            ConnectionFailureType.UnableToConnect, CommandFlags.None, "The Sentinels are replacing the master; its successor is used as soon as they name it");

    /// <summary>Connects, or begins to: it does not fail when nobody answers.</summary>
    /// <param name="settings">As <see cref="RedisSettings"/> reads them. Belong to this from now on.</param>
    /// <param name="loops">Take the connections.</param>
    /// <param name="loggers">Told what the Sentinels do.</param>
    public static async Task<RedisLink> OpenAsync(ConfigurationOptions settings, EventLoops loops, ILoggerFactory loggers)
    {
        var link = new RedisLink(settings.ServiceName is null ? null : new RedisMaster(settings.Clone(), TimeProvider.System, loggers.CreateLogger<RedisMaster>()), settings);

        // The library may change what a transport of one's own has to be; then this does not compile.
#pragma warning disable SER009
        var tunnel = new RedisTunnel(loops, settings, link._master);
#pragma warning restore SER009
        settings.Tunnel ??= tunnel;
        if (link._master is { } master)
        {
            settings.EndPoints.Clear();
            settings.EndPoints.Add(settings.ServiceName!, AnyPort);
            settings.ServiceName = null;
            master.Replaced += tunnel.LeaveOthers;
            master.Changed += () => link.Changed?.Invoke();
            master.Start();
        }

        await link.ConnectAsync();
        return link;
    }

    /// <summary>Connects once more to the same place, by the same Sentinels, for commands that hold up those behind them. It must be disposed before this.</summary>
    public async Task<RedisLink> OpenAnotherAsync()
    {
        var link = new RedisLink(_master, _settings.Clone(), isAnother: true);
        await link.ConnectAsync();
        return link;
    }

    public async ValueTask DisposeAsync()
    {
        await Multiplexer.DisposeAsync();
        if (_master is not null && !_isAnother)
        {
            await _master.DisposeAsync();
        }
    }

    private async Task ConnectAsync()
    {
        _multiplexer = await ConnectionMultiplexer.ConnectAsync(_settings);
        _multiplexer.ConnectionFailed += (_, _) => Changed?.Invoke();
        _multiplexer.ConnectionRestored += (_, _) => Changed?.Invoke();
    }
}
