using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>
/// Tells the operator that a limit is at work: every time in the metrics, and in the log once when it begins and once, with the number,
/// when it has been quiet for a while. Any thread may call it.
/// </summary>
internal sealed class LimitReport(GatewayMetrics metrics, TimeProvider time, ILogger<LimitReport> logger)
{
    /// <summary>A limit that nothing has gone beyond for so long is spoken of as a new one afterwards.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();

    /// <summary>As many as there are routes and limits.</summary>
    private readonly Dictionary<(string Route, Limit Limit, LimitAction Action), Episode> _episodes = [];

    public void Over(string route, Limit limit, LimitAction action)
    {
        metrics.LimitExceeded(route, limit.ToString(), Word(action));

        var now = time.GetTimestamp();
        bool isNew;
        lock (_gate)
        {
            isNew = !_episodes.TryGetValue((route, limit, action), out var episode);
            episode ??= _episodes[(route, limit, action)] = new Episode { Began = now };
            episode.Last = now;
            episode.Count++;
        }

        if (isNew)
        {
            logger.LimitReached(limit.ToString(), route, Word(action));
        }
    }

    /// <summary>Ends what has been quiet. Called now and then.</summary>
    public void Look()
    {
        List<KeyValuePair<(string Route, Limit Limit, LimitAction Action), Episode>> ended;
        lock (_gate)
        {
            ended = [.. _episodes.Where(one => time.GetElapsedTime(one.Value.Last) >= Quiet)];
            ended.ForEach(one => _episodes.Remove(one.Key));
        }

        foreach (var ((route, limit, action), episode) in ended)
        {
            logger.LimitHolds(limit.ToString(), route, Quiet, episode.Count, Word(action), time.GetElapsedTime(episode.Began, episode.Last));
        }
    }

    private static string Word(LimitAction action) => action switch
    {
        LimitAction.Refused => "refused",
        LimitAction.Delayed => "delayed",
        LimitAction.Closed => "closed",
        LimitAction.Counted => "counted",
        _ => "uncounted",
    };

    private sealed class Episode
    {
        public required long Began { get; init; }

        public long Last { get; set; }

        public long Count { get; set; }
    }
}

/// <summary>What became of what went beyond a limit.</summary>
internal enum LimitAction
{
    /// <summary>A handshake was answered 429 or 503.</summary>
    Refused,

    /// <summary>A client was not read from for a while.</summary>
    Delayed,

    /// <summary>A socket was closed.</summary>
    Closed,

    /// <summary>Nothing, because limits are only counted.</summary>
    Counted,

    /// <summary>A handshake was let in, not counted for its user or address: there are too many of them to keep count.</summary>
    Uncounted,
}
