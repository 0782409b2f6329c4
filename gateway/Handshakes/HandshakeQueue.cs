using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Handshakes;

/// <summary>
/// How many handshakes are under way at once: as many as this process can serve without becoming late. The bound rises while it is in time and
/// falls while it is not, so that a process that has just started takes what it can and no more. Those beyond wait for a moment, in order, and
/// then are refused with a time to come back that follows from how many get through in a second. Any thread may call it.
/// </summary>
internal sealed class HandshakeQueue : IDisposable
{
    /// <summary>Enough to keep a process busy that does thousands in a second, and little for one whose code is not compiled yet.</summary>
    public const int FirstBound = 64;

    /// <summary>Below this a few destinations that take their time would let nobody through.</summary>
    public const int LeastBound = 16;

    /// <summary>Some 30 KiB each, 120 MB in all.</summary>
    public const int MostBound = 4096;

    /// <summary>Some 20 KiB each, 80 MB in all; as many as get through in <see cref="LongestWait"/> when it goes well.</summary>
    public const int MostWaiting = 4096;

    /// <summary>Shorter than what clients wait for an answer, so that they are told when to come back.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>What may be under way, or wait, for one cluster, of what may in all: one whose destinations do not answer leaves the others the rest.</summary>
    private const double ClusterShare = 0.75;

    private static readonly TimeSpan InTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(250);

    /// <summary>Nobody is told to wait longer: it has given up then.</summary>
    private static readonly TimeSpan LongestReturn = TimeSpan.FromSeconds(30);

    /// <summary>In a second, when nothing is known yet.</summary>
    private const double FewestThrough = 50;

    private readonly ProcessDelay _delay;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiting = new();
    private readonly Dictionary<string, int> _byCluster = new(StringComparer.OrdinalIgnoreCase);
    private int _bound = FirstBound;
    private int _underWay;
    private bool _wasFull;
    private int _through;
    private double _perSecond = FewestThrough;
    private long _returnAt;

    public HandshakeQueue(ProcessDelay delay, TimeProvider time, Random random)
    {
        (_delay, _time, _random) = (delay, time, random);
        _returnAt = time.GetTimestamp();
        _delay.Measured += OnMeasured;
    }

    /// <summary>How many may be under way now.</summary>
    public int Bound
    {
        get
        {
            lock (_gate)
            {
                return _bound;
            }
        }
    }

    /// <summary>A turn for a handshake if there is one now; else null.</summary>
    /// <param name="cluster">Where it goes.</param>
    public HandshakeTurn? TryEnter(string cluster)
    {
        lock (_gate)
        {
            return HasRoom(cluster) ? Take(cluster) : null;
        }
    }

    /// <summary>Waits for a handshake's turn. Null when it does not come: then it is to be refused, with <see cref="Return"/>.</summary>
    /// <param name="cluster">Where it goes.</param>
    public ValueTask<HandshakeTurn?> EnterAsync(string cluster)
    {
        lock (_gate)
        {
            if (HasRoom(cluster))
            {
                return ValueTask.FromResult<HandshakeTurn?>(Take(cluster));
            }

            _wasFull = true;
            if (_waiting.Count >= MostWaiting)
            {
                return default;
            }

            var waiter = new Waiter(cluster, _time.GetTimestamp());
            _waiting.AddLast(waiter);
            return new ValueTask<HandshakeTurn?>(waiter.Turn.Task);
        }
    }

    /// <summary>When one who is refused is to come back: each gets a turn of its own, behind those who were refused before.</summary>
    public TimeSpan Return()
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            _returnAt = Math.Max(_returnAt, now) + (long)(_time.TimestampFrequency / _perSecond);
            var turn = _time.GetElapsedTime(now, _returnAt);
            if (turn > LongestReturn)
            {
                // So many cannot be told one after the other; they are spread over the later half.
                return LongestReturn * (0.5 + (_random.NextDouble() / 2));
            }

            return turn + TimeSpan.FromSeconds(_random.NextDouble());
        }
    }

    public void Dispose() => _delay.Measured -= OnMeasured;

    private void Leave(string cluster)
    {
        lock (_gate)
        {
            _underWay--;
            _through++;
            if (--_byCluster[cluster] == 0)
            {
                _byCluster.Remove(cluster);
            }

            Admit();
        }
    }

    private void OnMeasured(TimeSpan delay)
    {
        lock (_gate)
        {
            _bound = delay >= Late ? Math.Max(LeastBound, _bound * 3 / 4)
                : delay < InTime && _wasFull ? Math.Min(MostBound, _bound + Math.Max(LeastBound, _bound / 4))
                : _bound;

            // The mean of the last second or so; a quiet second teaches nothing about what could get through.
            var perSecond = _through / ProcessDelay.Beat.TotalSeconds;
            _perSecond = _wasFull || perSecond > _perSecond ? Math.Max(FewestThrough, (_perSecond * 0.8) + (perSecond * 0.2)) : _perSecond;
            _through = 0;
            _wasFull = _waiting.Count > 0;

            while (_waiting.First is { Value: var first } && _time.GetElapsedTime(first.Since) >= LongestWait)
            {
                _waiting.RemoveFirst();
                first.Turn.TrySetResult(null);
            }

            Admit();
        }
    }

    private void Admit()
    {
        for (var node = _waiting.First; node is not null && _underWay < _bound;)
        {
            var next = node.Next;
            if (HasRoom(node.Value.Cluster))
            {
                _waiting.Remove(node);
                node.Value.Turn.TrySetResult(Take(node.Value.Cluster));
            }

            node = next;
        }
    }

    private bool HasRoom(string cluster) => _underWay < _bound && _byCluster.GetValueOrDefault(cluster) < _bound * ClusterShare;

    private HandshakeTurn Take(string cluster)
    {
        _underWay++;
        _byCluster[cluster] = _byCluster.GetValueOrDefault(cluster) + 1;
        return new HandshakeTurn(() => Leave(cluster));
    }

    private sealed record Waiter(string Cluster, long Since)
    {
        public TaskCompletionSource<HandshakeTurn?> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>One handshake that is under way, until it is accepted or refused. It may be ended more than once.</summary>
internal sealed class HandshakeTurn(Action leave)
{
    private Action? _leave = leave;

    public void End() => Interlocked.Exchange(ref _leave, null)?.Invoke();
}
