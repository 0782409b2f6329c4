using System.Net;

namespace YarpWs.Platform.Redis;

/// <summary>What each Sentinel has said last, and what follows from all of it. Not for several threads.</summary>
internal sealed class SentinelAnswers(TimeProvider time)
{
    /// <summary>
    /// For how long a Sentinel that has begun to replace the master counts as doing so while it says nothing more. Each tells the others every two seconds which master it
    /// has made: by then one of those that answer names it, or there is none.
    /// </summary>
    public static readonly TimeSpan SilencePatience = TimeSpan.FromSeconds(3);

    private readonly Dictionary<EndPoint, (SentinelAnswer Answer, long At)> _last = [];

    /// <summary>
    /// The master, as the one says that knows the newest; null before one has answered. Also those that are silent count: the others may not have heard yet of the
    /// failover that one of them has led, and would name the old master.
    /// </summary>
    public EndPoint? Master => _last.Count == 0 ? null : _last.Values.MaxBy(last => last.Answer.Epoch).Answer.Master;

    /// <summary>Whether that master is about to be replaced.</summary>
    public bool IsSteppingDown => Master is { } master
        && _last.Values.Any(last => last.Answer.IsSteppingDown && last.Answer.Master.Equals(master) && time.GetElapsedTime(last.At) < SilencePatience);

    public void Take(EndPoint sentinel, SentinelAnswer answer) => _last[sentinel] = (answer, time.GetTimestamp());

    /// <summary>It says by itself that it begins to replace the master.</summary>
    public void Announce(EndPoint sentinel)
    {
        if (_last.TryGetValue(sentinel, out var last))
        {
            Take(sentinel, last.Answer with { IsSteppingDown = true });
        }
    }
}
