namespace YarpWs.Gateway.Access.Rates;

/// <summary>
/// A bucket for each key, which a request fills by one and which leaks at a rate. The first request of a key fills nothing, so that at ten in a second
/// one in each tenth passes without a burst. Any thread may call it; nothing in it waits for more than another call.
/// </summary>
internal sealed class LeakyBuckets(double perSecond, TimeProvider time)
{
    /// <summary>Some 20 MB with keys of the greatest length. Beyond it whoever has not come for the longest time is forgotten, as in a full zone of nginx.</summary>
    public const int MostKeys = 65_536;

    /// <summary>How many that have leaked out are forgotten with each request: more than one, so that they get fewer.</summary>
    private const int ForgottenEach = 2;

    /// <summary>Times are multiplied and divided; a millionth of a request is no difference.</summary>
    private const int Digits = 6;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Bucket>> _buckets = new(StringComparer.Ordinal);

    /// <summary>By their last request, the oldest last.</summary>
    private readonly LinkedList<Bucket> _byAge = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _buckets.Count;
            }
        }
    }

    public double PerSecond => perSecond;

    /// <summary>Fills the bucket of a key by one, unless it would then hold more than the burst. Returns what it holds, or would hold.</summary>
    public double Fill(string key, double burst)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            if (!_buckets.TryGetValue(key, out var node))
            {
                Forget(now);
                node = new LinkedListNode<Bucket>(new Bucket(key) { FilledAt = now });
                _buckets.Add(key, node);
                _byAge.AddFirst(node);
                return 0;
            }

            var bucket = node.Value;
            _byAge.Remove(node);
            _byAge.AddFirst(node);
            var held = Math.Max(0, Math.Round(Left(bucket, now) + 1, Digits));
            if (held <= burst)
            {
                (bucket.Held, bucket.FilledAt) = (held, now);
            }

            return held;
        }
    }

    /// <summary>Takes back one that was filled in for a request which another limit has refused.</summary>
    public void TakeBack(string key)
    {
        lock (_gate)
        {
            if (_buckets.TryGetValue(key, out var node))
            {
                node.Value.Held--;
            }
        }
    }

    /// <summary>Below zero when it has leaked out for a while, so that a request then finds it empty.</summary>
    private double Left(Bucket bucket, long now) => bucket.Held - (time.GetElapsedTime(bucket.FilledAt, now).TotalSeconds * perSecond);

    private void Forget(long now)
    {
        for (var count = 0; count < ForgottenEach && _byAge.Last is { } oldest && (Left(oldest.Value, now) <= -1 || _buckets.Count >= MostKeys); count++)
        {
            _byAge.RemoveLast();
            _buckets.Remove(oldest.Value.Key);
        }
    }

    private sealed class Bucket(string key)
    {
        public string Key { get; } = key;

        public double Held { get; set; }

        public long FilledAt { get; set; }
    }
}
