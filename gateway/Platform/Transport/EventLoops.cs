namespace YarpWs.Platform.Transport;

/// <summary>The loops of this process, begun with the first socket.</summary>
internal sealed class EventLoops(int count, TimeProvider time) : IDisposable
{
    private readonly Lazy<EventLoop[]> _loops = new(() => [.. Enumerable.Range(1, count).Select(number => new EventLoop($"sockets {number}", time))]);

    private int _turn;

    /// <summary>One for each processor that this process may use.</summary>
    public EventLoops(TimeProvider time)
        : this(Environment.ProcessorCount, time)
    {
    }

    /// <summary>Whether this system has what they are made of. Where it has not, ASP.NET Core's own transport carries everything.</summary>
    public static bool AreSupported { get; } = OperatingSystem.IsLinux();

    /// <summary>All of them; they begin when somebody asks.</summary>
    public IReadOnlyList<EventLoop> All => _loops.Value;

    /// <summary>
    /// The one that is to take the next socket: of those with the fewest, the next in turn. The turn alone would not do: of the sockets of a
    /// proxy every second one joins another (<see cref="LoopSocket.Join"/>), and one loop of two would end up with them all.
    /// </summary>
    public EventLoop Next()
    {
        var loops = _loops.Value;
        var first = (uint)Interlocked.Increment(ref _turn);
        var next = loops[first % (uint)loops.Length];
        for (uint i = 1; i < loops.Length; i++)
        {
            var other = loops[(first + i) % (uint)loops.Length];
            if (other.Sockets < next.Sockets)
            {
                next = other;
            }
        }

        return next;
    }

    /// <summary>The one that this code runs in, so that what it does next needs no other thread; the next one when it runs in none of these.</summary>
    public EventLoop Here() => EventLoop.Current is { } here && Array.IndexOf(_loops.Value, here) >= 0 ? here : Next();

    /// <summary>As <see cref="EventLoop.Start"/>, in the next loop in turn; in the thread pool where there are no loops.</summary>
    public void Start(Func<Task> work)
    {
        if (AreSupported)
        {
            var loops = _loops.Value;
            loops[(uint)Interlocked.Increment(ref _turn) % (uint)loops.Length].Start(work);
        }
        else
        {
            _ = Task.Run(work);
        }
    }

    public void Dispose()
    {
        if (_loops.IsValueCreated)
        {
            Array.ForEach(_loops.Value, loop => loop.Dispose());
        }
    }
}
