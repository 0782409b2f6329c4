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

    /// <summary>The limits that have not been quiet for <see cref="Episode.Quiet"/>.</summary>
    public IReadOnlyList<LimitAtWork> AtWork =>
        [.. _episodes.All().Select(one => new LimitAtWork(one.Key.Route, one.Key.Limit.ToString(), Word(one.Key.Action), one.Times, Math.Round(one.Age.TotalSeconds, 1), Math.Round(one.Quiet.TotalSeconds, 1)))];

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

/// <summary>A limit at work.</summary>
/// <param name="Route">The route's id.</param>
/// <param name="Limit">The name of its setting.</param>
/// <param name="Action">What becomes of what goes beyond it.</param>
/// <param name="Times">How often that has happened.</param>
/// <param name="SecondsSinceFirst">Since it began.</param>
/// <param name="SecondsSinceLast">Since it last happened.</param>
internal sealed record LimitAtWork(string Route, string Limit, string Action, long Times, double SecondsSinceFirst, double SecondsSinceLast);

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
