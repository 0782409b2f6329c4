using System.Net;
using StackExchange.Redis;

namespace YarpWs.Platform.Redis;

/// <summary>
/// Which server is the master, as the Sentinels say. The library asks them when a connection breaks; but a planned failover breaks none: the old master goes on
/// to take writes for some ten seconds after the Sentinels have named a new one, and all of these are lost. So each Sentinel is listened to, and asked
/// again whenever it says something, and by the clock.
/// </summary>
/// <remarks>
/// A failover is announced a fifth of a second or more before the old master is replaced. Until the new one is named, nobody is to write
/// (<see cref="IsSteppingDown"/>), so that what was written reaches the replicas. Any thread may call it.
/// </remarks>
internal sealed class RedisMaster : IAsyncDisposable
{
    /// <summary>Sentinels that are followed: the configured ones and those that they know. Nobody runs more.</summary>
    private const int MaxSentinels = 16;

    private static readonly TimeSpan AskInterval = TimeSpan.FromSeconds(1);

    /// <summary>While a failover is under way. Its steps take a tenth of a second each.</summary>
    private static readonly TimeSpan HastyInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>How soon a Sentinel that was away is heard again: it may be ordered to fail over as soon as it is back, and announces it a fifth of a second before.</summary>
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromMilliseconds(100);

    private const string Announcement = "+try-failover";

    /// <summary>The beginning of a failover, its end, and what lies between; the last two tell that it was given up.</summary>
    private static readonly string[] Events =
        [Announcement, "+selected-slave", "+promoted-slave", "+switch-master", "+failover-end", "-failover-abort-no-good-slave", "-failover-abort-slave-timeout", "-failover-abort-not-elected"];

    private readonly ConfigurationOptions _settings;
    private readonly string _service;
    private readonly ILogger<RedisMaster> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<EndPoint, Task> _watches = [];
    private readonly SentinelAnswers _answers;
    private EndPoint? _current;
    private bool _isSteppingDown;
    private int _leaving;
    private TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RedisMaster(ConfigurationOptions settings, TimeProvider time, ILogger<RedisMaster> logger)
    {
        _settings = settings;
        _answers = new SentinelAnswers(time);
        _service = settings.ServiceName!;
        _logger = logger;
    }

    /// <summary>Raised when another server is the master; nobody is to write until the handlers have returned, which must be at once.</summary>
    public event Action? Replaced;

    /// <summary>Raised when the master is about to be replaced, was replaced, or stays after all. Handlers must return at once.</summary>
    public event Action? Changed;

    /// <summary>The master; null before a Sentinel has answered.</summary>
    public EndPoint? Current => Volatile.Read(ref _current);

    /// <summary>Whether the master is about to be replaced, or was and there may still be connections to it: what is written now may be lost.</summary>
    public bool IsSteppingDown => Volatile.Read(ref _isSteppingDown) || Volatile.Read(ref _leaving) > 0;

    public void Start()
    {
        foreach (var sentinel in _settings.EndPoints)
        {
            Watch(sentinel);
        }
    }

    /// <summary>The master, as soon as there is one that stays.</summary>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public async Task<EndPoint> FindAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task settled;
            lock (_lock)
            {
                if (_current is { } master && !_isSteppingDown)
                {
                    return master;
                }

                settled = _settled.Task;
            }

            await settled.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Task[] watches;
        lock (_lock)
        {
            watches = [.. _watches.Values];
        }

        await Task.WhenAll(watches);
        _stopping.Dispose();
    }

    private void Watch(EndPoint sentinel)
    {
        lock (_lock)
        {
            if (!_watches.ContainsKey(sentinel) && _watches.Count < MaxSentinels && !_stopping.IsCancellationRequested)
            {
                _watches.Add(sentinel, Task.Run(() => WatchAsync(sentinel, _stopping.Token)));
            }
        }
    }

    private async Task WatchAsync(EndPoint sentinel, CancellationToken stopping)
    {
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(SettingsOf(sentinel));
            using var news = new SemaphoreSlim(0, 1);
            connection.ConnectionRestored += (_, _) => Wake(news);
            var isListening = false;
            while (true)
            {
                try
                {
                    if (!isListening)
                    {
                        await ListenAsync(connection.GetSubscriber(), sentinel, news);
                        isListening = true;
                        await MeetOthersAsync(connection.GetServer(sentinel));
                    }

                    if (await SentinelAnswer.AskAsync(connection.GetServer(sentinel), _service) is { } answer)
                    {
                        Note(() => _answers.Take(sentinel, answer));
                    }
                }
                catch (Exception exception) when (exception is RedisException or RedisCommandException or TimeoutException)
                {
                    // What it has said last goes on to count, as long as it may be true.
                    Note(() => { });
                }

                await news.WaitAsync(IsSteppingDown ? HastyInterval : AskInterval, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The host stops.
        }
        catch (Exception exception)
        {
            _logger.SentinelWatchFailed(exception, sentinel);
        }
    }

    private async Task ListenAsync(ISubscriber subscriber, EndPoint sentinel, SemaphoreSlim news)
    {
        foreach (var name in Events)
        {
            await subscriber.SubscribeAsync(RedisChannel.Literal(name), (_, said) =>
            {
                // "master <name> <ip> <port> …". Until it is asked, the failover may be half over.
                if (name == Announcement && ((string)said!).Split(' ') is ["master", var service, ..] && service == _service)
                {
                    Note(() => _answers.Announce(sentinel));
                }

                Wake(news);
            });
        }
    }

    private static void Wake(SemaphoreSlim news)
    {
        try
        {
            news.Release();
        }
        catch (Exception exception) when (exception is SemaphoreFullException or ObjectDisposedException)
        {
            // It is asked anyway, or never again.
        }
    }

    private async Task MeetOthersAsync(IServer sentinel)
    {
        foreach (var other in (RedisResult[])(await sentinel.ExecuteAsync("SENTINEL", "SENTINELS", _service))!)
        {
            var fields = other.ToDictionary(StringComparer.Ordinal);
            Watch(SentinelAnswer.Address((string)fields["ip"]!, (string)fields["port"]!));
        }
    }

    /// <summary>A Sentinel's own settings: another login, where one is given, and no master to look for.</summary>
    private ConfigurationOptions SettingsOf(EndPoint sentinel)
    {
        var settings = _settings.Clone();
        settings.ServiceName = null;
        settings.EndPoints.Clear();
        settings.EndPoints.Add(sentinel);
        settings.CommandMap = CommandMap.Sentinel;
        (settings.User, settings.Password) = (_settings.SentinelUser, _settings.SentinelPassword);
        settings.ReconnectRetryPolicy = new LinearRetry((int)ReconnectPause.TotalMilliseconds);
        settings.HeartbeatInterval = ReconnectPause;
        return settings;
    }

    /// <summary>Takes what a Sentinel has said, and draws the conclusions.</summary>
    private void Note(Action take)
    {
        EndPoint? replaced = null;
        EndPoint? master;
        bool wasSteppingDown;
        bool isChanged;
        lock (_lock)
        {
            take();
            if (_answers.Master is { } newest && !newest.Equals(_current))
            {
                (replaced, _current) = (_current, newest);
            }

            (wasSteppingDown, master) = (_isSteppingDown, _current);

            // Before the master that it names can be written to, and the old one's connections are left.
            Interlocked.Add(ref _leaving, replaced is not null ? 1 : 0);
            _isSteppingDown = _answers.IsSteppingDown;
            isChanged = replaced is not null || wasSteppingDown != _isSteppingDown;
            if (_current is not null && !_isSteppingDown)
            {
                _settled.TrySetResult();
            }
            else if (_settled.Task.IsCompleted)
            {
                _settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        if (!isChanged)
        {
            return;
        }

        if (replaced is not null)
        {
            try
            {
                Replaced?.Invoke();
            }
            finally
            {
                Interlocked.Decrement(ref _leaving);
            }

            _logger.MasterReplaced(replaced, master!);
        }
        else if (!wasSteppingDown)
        {
            _logger.MasterStepsDown(master!);
        }
        else
        {
            _logger.MasterStays(master!);
        }

        Changed?.Invoke();
    }
}
