namespace YarpWs.Gateway.Telemetry;

internal static class Episode
{
    /// <summary>What has not happened for so long has ended; what comes afterwards is new.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);
}

/// <summary>
/// Makes one line of the log at the beginning of something that happens again and again, and one at its end, with the number, of what would be
/// a line each time. Any thread may call it.
/// </summary>
/// <typeparam name="TKey">What tells one kind from another; there must be a bound to how many.</typeparam>
internal sealed class Episodes<TKey>(TimeProvider time)
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, Count> _episodes = [];

    /// <summary>It happens. Returns whether this is a beginning.</summary>
    public bool Add(TKey key)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            var isNew = !_episodes.TryGetValue(key, out var episode);
            episode ??= _episodes[key] = new Count { Began = now };
            episode.Last = now;
            episode.Times++;
            return isNew;
        }
    }

    /// <summary>How long it has been going on, and how often it has happened; zero when it has not.</summary>
    public (TimeSpan Age, long Times) Of(TKey key)
    {
        lock (_gate)
        {
            return _episodes.TryGetValue(key, out var episode) ? (time.GetElapsedTime(episode.Began), episode.Times) : default;
        }
    }

    /// <summary>All that go on now, with how often each has happened, for how long, and how long ago for the last time.</summary>
    public IReadOnlyList<(TKey Key, long Times, TimeSpan Age, TimeSpan Quiet)> All()
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            return [.. _episodes.Select(one => (one.Key, one.Value.Times, time.GetElapsedTime(one.Value.Began, now), time.GetElapsedTime(one.Value.Last, now)))];
        }
    }

    /// <summary>Ends and returns what has been quiet, with how often and for how long it happened.</summary>
    public IReadOnlyList<(TKey Key, long Times, TimeSpan Duration)> End()
    {
        lock (_gate)
        {
            List<(TKey Key, long Times, TimeSpan Duration)> ended = [.. _episodes
                .Where(one => time.GetElapsedTime(one.Value.Last) >= Episode.Quiet)
                .Select(one => (one.Key, one.Value.Times, time.GetElapsedTime(one.Value.Began, one.Value.Last)))];
            ended.ForEach(one => _episodes.Remove(one.Key));
            return ended;
        }
    }

    private sealed class Count
    {
        public required long Began { get; init; }

        public long Last { get; set; }

        public long Times { get; set; }
    }
}
