namespace YarpWs.Gateway.Sockets.Draining;

/// <summary>
/// Closes the sockets that it is given, one after another at an even pace. Those that end by themselves, or are being closed already, cost
/// no turn. Any thread may add to it and look at its progress.
/// </summary>
internal sealed class Drain
{
    /// <summary>How often those are told whose turn has come: short against any second's share, and fifty wake-ups a second.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);

    /// <summary>A beat that is later than this was held up by a pause of the process, and what was missed is not made up for in one burst.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly HashSet<LiveSocket> _sockets = [];
    private readonly Queue<LiveSocket> _waiting = new();
    private readonly TimeProvider _time;
    private readonly Random _chance;
    private long? _lastBeat;
    private TimeSpan _passed;
    private long _told;
    private int _total;
    private bool _isTold;

    /// <param name="plan">How its sockets are closed.</param>
    /// <param name="time">Its pace.</param>
    /// <param name="chance">For <see cref="DrainOrder.Spread"/>.</param>
    public Drain(DrainPlan plan, TimeProvider time, Random? chance = null)
    {
        Plan = plan;
        _time = time;
        _chance = chance ?? Random.Shared;
    }

    public DrainPlan Plan { get; }

    public DrainProgress Progress
    {
        get
        {
            lock (_gate)
            {
                return new DrainProgress(_total, _waiting.Count(IsToBeTold), _sockets.Count(socket => !socket.IsOver), Plan.PerSecond);
            }
        }
    }

    /// <summary>Adds sockets, in the plan's order among themselves. Before the drain begins.</summary>
    public void Add(IEnumerable<LiveSocket> sockets)
    {
        var inOrder = sockets.ToArray();
        if (Plan.Order == DrainOrder.Spread)
        {
            _chance.Shuffle(inOrder);
        }
        else
        {
            Array.Sort(inOrder, static (one, other) => one.Origin.Id.CompareTo(other.Origin.Id));
        }

        foreach (var socket in inOrder)
        {
            Add(socket);
        }
    }

    /// <summary>Adds one that was on its way in when the drain began. When all others have been told, so is it, at once.</summary>
    public void Add(LiveSocket socket)
    {
        lock (_gate)
        {
            if (!_sockets.Add(socket))
            {
                return;
            }

            _total++;
            if (!_isTold)
            {
                _waiting.Enqueue(socket);
                return;
            }
        }

        socket.Close(Plan.Close);
    }

    /// <summary>Ends when everybody has been told.</summary>
    public async Task TellAllAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Beat, _time);
        while (TellDue())
        {
            await timer.WaitForNextTickAsync(stop);
        }
    }

    /// <summary>Ends when all sockets are over, which each of them is within Sockets:CloseTimeout, or twice that in a message.</summary>
    public async Task WaitForEndsAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Beat * 5, _time);
        while (ForgetEnded() > 0)
        {
            await timer.WaitForNextTickAsync(stop);
        }
    }

    /// <summary>Tells those whose turn has come, the first at once. Returns whether any socket waits. Only the loop above calls it.</summary>
    public bool TellDue()
    {
        var now = _time.GetTimestamp();
        var sinceLast = _lastBeat is { } last ? _time.GetElapsedTime(last, now) : TimeSpan.Zero;
        _lastBeat = now;
        _passed += sinceLast < Pause ? sinceLast : Pause;
        var due = 1 + (long)(_passed.Ticks * Plan.PerSecond / TimeSpan.TicksPerSecond);
        while (Next() is { } socket)
        {
            if (_told >= due)
            {
                return true;
            }

            lock (_gate)
            {
                _waiting.Dequeue();
            }

            _told++;
            socket.Close(Plan.Close);
        }

        return false;
    }

    /// <summary>Looks at the next that is still to be told.</summary>
    private LiveSocket? Next()
    {
        lock (_gate)
        {
            while (_waiting.TryPeek(out var socket))
            {
                if (IsToBeTold(socket))
                {
                    return socket;
                }

                _waiting.Dequeue();
            }

            _isTold = true;
            return null;
        }
    }

    private int ForgetEnded()
    {
        lock (_gate)
        {
            _sockets.RemoveWhere(socket => socket.IsOver);
            return _sockets.Count;
        }
    }

    private static bool IsToBeTold(LiveSocket socket) => socket is { IsOver: false, IsLeaving: false };
}

/// <summary>How far a drain has come.</summary>
/// <param name="Total">Sockets that it was given.</param>
/// <param name="Waiting">Those whose turn has not come.</param>
/// <param name="Left">Those that are not over: they wait, or have been told and have not answered yet.</param>
/// <param name="PerSecond">Its rate.</param>
internal sealed record DrainProgress(int Total, int Waiting, int Left, double PerSecond)
{
    public int Done => Total - Left;

    /// <summary>Seconds until the last one is told. What it takes to answer is bounded by Sockets:CloseTimeout.</summary>
    public double SecondsLeft => Math.Round(Waiting / PerSecond, 1);
}
