using System.Net;
using StackExchange.Redis;

namespace YarpWs.Platform.Redis;

/// <summary>
/// Follows one Sentinel: listens to what it announces of the configured service, and asks it for the master whenever it says something, whenever it is heard again, and by
/// the clock. Its events come one after the other for what it answers; an announcement may come beside them, on a thread of the library's.
/// </summary>
internal sealed class SentinelWatch(EndPoint sentinel, ConfigurationOptions master, ILogger logger)
{
    private static readonly TimeSpan AskInterval = TimeSpan.FromSeconds(1);

    /// <summary>While a failover is under way. Its steps take a tenth of a second each.</summary>
    private static readonly TimeSpan HastyInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>How soon a Sentinel that was away is heard again: it may be ordered to fail over as soon as it is back, and announces it a fifth of a second before.</summary>
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromMilliseconds(100);

    private const string Announcement = "+try-failover";

    /// <summary>The beginning of a failover, its end, and what lies between; the last three tell that it was given up.</summary>
    private static readonly string[] Events =
        [Announcement, "+selected-slave", "+promoted-slave", "+switch-master", "+failover-end", "-failover-abort-no-good-slave", "-failover-abort-slave-timeout", "-failover-abort-not-elected"];

    private readonly string _service = master.ServiceName!;

    /// <summary>It begins a failover. Until it is asked, that may be half over.</summary>
    public event Action? Announced;

    public event Action<SentinelAnswer>? Answered;

    /// <summary>It was asked, and did not answer: what it has said last goes on to count, as long as it may be true.</summary>
    public event Action? WasSilent;

    /// <summary>Another Sentinel that it knows of the service.</summary>
    public event Action<EndPoint>? Named;

    /// <summary>Until it is told to stop. Throws nothing: what nobody expected is in the log, and the others go on.</summary>
    public async Task RunAsync(Func<bool> isFailoverUnderWay, CancellationToken stopping)
    {
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(Settings());
            using var news = new SemaphoreSlim(0, 1);
            connection.ConnectionRestored += (_, _) => Wake(news);
            var (isListening, hasMetOthers) = (false, false);
            while (true)
            {
                try
                {
                    if (!isListening)
                    {
                        await ListenAsync(connection.GetSubscriber(), news);
                        isListening = true;
                    }

                    if (!hasMetOthers)
                    {
                        await MeetOthersAsync(connection.GetServer(sentinel));
                        hasMetOthers = true;
                    }

                    if (await SentinelAnswer.AskAsync(connection.GetServer(sentinel), _service) is { } answer)
                    {
                        Answered?.Invoke(answer);
                    }
                }
                catch (Exception exception) when (exception is RedisException or RedisCommandException or TimeoutException)
                {
                    WasSilent?.Invoke();
                }

                await news.WaitAsync(isFailoverUnderWay() ? HastyInterval : AskInterval, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The host stops.
        }
        catch (Exception exception)
        {
            logger.SentinelWatchFailed(exception, sentinel);
        }
    }

    private async Task ListenAsync(ISubscriber subscriber, SemaphoreSlim news)
    {
        foreach (var name in Events)
        {
            await subscriber.SubscribeAsync(RedisChannel.Literal(name), (_, said) =>
            {
                // "master <name> <ip> <port> …"
                if (name == Announcement && ((string)said!).Split(' ') is ["master", var service, ..] && service == _service)
                {
                    Announced?.Invoke();
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

    private async Task MeetOthersAsync(IServer server)
    {
        foreach (var other in (RedisResult[])(await server.ExecuteAsync("SENTINEL", "SENTINELS", _service))!)
        {
            var fields = other.ToDictionary(StringComparer.Ordinal);
            Named?.Invoke(SentinelAnswer.Address((string)fields["ip"]!, (string)fields["port"]!));
        }
    }

    /// <summary>Those of the master, with a login of the Sentinels' own and no master to look for.</summary>
    private ConfigurationOptions Settings()
    {
        var settings = master.Clone();
        settings.ServiceName = null;
        settings.EndPoints.Clear();
        settings.EndPoints.Add(sentinel);
        settings.CommandMap = CommandMap.Sentinel;
        (settings.User, settings.Password) = (master.SentinelUser, master.SentinelPassword);
        settings.ReconnectRetryPolicy = new LinearRetry((int)ReconnectPause.TotalMilliseconds);
        settings.HeartbeatInterval = ReconnectPause;
        return settings;
    }
}
