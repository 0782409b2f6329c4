using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>
/// Tells the operator that a limit is at work: every time in the metrics, and in the log once when it begins and once, with the number,
/// when it has been quiet for a while. Any thread may call it.
/// </summary>
internal sealed class LimitReport(GatewayMetrics metrics, TimeProvider time, ILogger<LimitReport> logger)
{
    /// <summary>As many as there are routes and limits.</summary>
    private readonly Episodes<(string Route, Limit Limit, LimitAction Action)> _episodes = new(time);

    public void Over(string route, Limit limit, LimitAction action)
    {
        metrics.LimitExceeded(route, limit.ToString(), Word(action));
        if (_episodes.Add((route, limit, action)))
        {
            logger.LimitReached(limit.ToString(), route, Word(action));
        }
    }

    /// <summary>Ends what has been quiet. Called now and then.</summary>
    public void Look()
    {
        foreach (var ((route, limit, action), count, duration) in _episodes.End())
        {
            logger.LimitHolds(limit.ToString(), route, Episode.Quiet, count, Word(action), duration);
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
