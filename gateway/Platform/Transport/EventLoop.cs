using System.Collections.Concurrent;
using System.Net;

namespace YarpWs.Platform.Transport;

/// <summary>
/// One thread that waits for many sockets and completes on itself what has waited for them: what follows a read begins here, without a hop
/// to another thread. So nothing may run here that blocks, or that takes longer than <see cref="Turn"/> by itself (THREADS.md).
/// </summary>
/// <remarks>
/// The thread owns the wait, and what is waited for. It ends with <see cref="Dispose"/>. One round: 1. ask the system which sockets are ready; 2. give turns to ready
/// sockets, for as long as a turn lasts; 3. run what was posted, for as long. A socket whose turn is over comes again behind all that wait, at its next read or write:
/// these are the places where it can be stopped, and there is one between two requests, and between two pieces of frames.
/// </remarks>
internal sealed class EventLoop : IDisposable
{
    /// <summary>How long one socket, or what is posted, may go on while others wait. Long enough for some fifty messages, so that a turn costs nothing.</summary>
    public static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(1);

    /// <summary>Steps of a turn, and short turns in a row, between two looks at the clock: a look costs a hundredth of a step.</summary>
    private const int StepsPerLook = 4;

    [ThreadStatic]
    private static EventLoop? _current;

    private readonly Epoll _epoll = new();
    private readonly SocketSlots _sockets = new();
    private readonly TurnQueue _ready = new();
    private readonly ConcurrentQueue<IThreadPoolWorkItem> _posted = new();
    private readonly TimeProvider _time;
    private readonly long _turnLength;
    private readonly LoopContext _context;
    private readonly Thread _thread;
    private int _isWoken;
    private volatile bool _isStopped;
    private long _turnBegan;
    private int _steps;
    private int _shortTurns;

    public EventLoop(string name, TimeProvider time)
    {
        _time = time;
        _turnLength = (long)(Turn.TotalSeconds * time.TimestampFrequency);
        _context = new LoopContext(this);
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>The one whose thread this is, if it is one's.</summary>
    public static EventLoop? Current => _current;

    /// <summary>How many sockets it watches. Any thread may ask; it may be a moment old.</summary>
    public int Sockets => _sockets.Count;

    /// <summary>Reports to the socket from now on what becomes of it, until <see cref="Forget"/>.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The system watches no more sockets.</exception>
    public void Watch(LoopSocket socket) => _epoll.Watch(socket.Socket, _sockets.Add(socket));

    /// <summary>Reports nothing more to a socket that is closed, or closes now.</summary>
    public void Forget(LoopSocket socket) => _sockets.Remove(socket);

    /// <summary>Has another loop watch an open socket from now on. Nobody may be reading from it or writing to it.</summary>
    public void Pass(LoopSocket socket, EventLoop to)
    {
        _epoll.Forget(socket.Socket);
        _sockets.Remove(socket);
        to.Watch(socket);
    }

    /// <summary>
    /// Whether what runs now has had its time, and comes again later if it can (<see cref="ComeAgain"/>). Asked once for each step of it, a read or a write. Only in
    /// this loop's thread.
    /// </summary>
    public bool IsTurnOver() => ++_steps % StepsPerLook == 0 && _time.GetTimestamp() - _turnBegan >= _turnLength;

    /// <summary>Reports to a socket of this loop once more, when those before it have had their turn. Only in this loop's thread.</summary>
    public void ComeAgain(LoopSocket socket, SocketEvents events) => _ready.Add(socket, events);

    /// <summary>Runs something soon, behind what has begun; after the end of the loop in the thread pool.</summary>
    public void Post(IThreadPoolWorkItem work)
    {
        _posted.Enqueue(work);
        if (Thread.CurrentThread == _thread || Interlocked.Exchange(ref _isWoken, 1) == 1)
        {
            return;
        }

        if (!_epoll.Wake())
        {
            Volatile.Write(ref _isWoken, 0);
            ThreadPool.UnsafeQueueUserWorkItem(static loop => loop.RunPosted(), this, preferLocal: false);
        }
    }

    /// <summary>
    /// Begins something soon, which must not fail; whatever it waits for, it goes on here, unless it says <c>ConfigureAwait(false)</c>. After the end of the
    /// loop it is the thread pool that runs it.
    /// </summary>
    public void Start(Func<Task> work) => _context.Post(static work => _ = ((Func<Task>)work!)(), work);

    /// <summary>Ends the loop, and every socket in it. It may be called from anywhere and again, waits unless the loop itself calls it, and never throws.</summary>
    public void Dispose()
    {
        // Between the two the loop may end by itself; then there is nothing left to wake.
        _isStopped = true;
        _epoll.Wake();
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        _current = this;
        while (!_isStopped)
        {
            // In this order: a thread that posts after the look at the queue finds the loop not woken, and wakes it.
            Interlocked.Exchange(ref _isWoken, 0);
            TakeReports(_epoll.Wait(isPatient: _posted.IsEmpty && _ready.IsEmpty));
            RunReady();
            RunPosted();
        }

        foreach (var socket in _sockets.All())
        {
            socket.Dispose();
        }

        // A thread that posts from now on finds no loop to wake.
        _epoll.Dispose();
        Interlocked.Exchange(ref _isWoken, 0);
        while (!_posted.IsEmpty)
        {
            RunPosted();
        }
    }

    private void TakeReports(int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (_epoll.Report(i, out var key, out var events) && _sockets.Find(key) is { } socket)
            {
                _ready.Add(socket, events);
            }
        }
    }

    private void RunReady()
    {
        if (_ready.IsEmpty)
        {
            return;
        }

        var until = BeginTurn() + _turnLength;
        do
        {
            var socket = _ready.Take(out var events);
            if (socket.Loop == this)
            {
                socket.Report(events);
            }
            else
            {
                // It has gone over since, and with what the loop that watches it now has reported meanwhile.
                socket.Loop.Post(new LateReport(socket, events));
            }
        }
        while (!_ready.IsEmpty && BeginNextTurn() < until);
    }

    private void RunPosted()
    {
        if (!_posted.TryDequeue(out var work))
        {
            return;
        }

        var until = BeginTurn() + _turnLength;
        do
        {
            work.Execute();
        }
        while (!_posted.IsEmpty && BeginTurn() < until && _posted.TryDequeue(out work));
    }

    private long BeginTurn()
    {
        (_steps, _shortTurns) = (0, 0);
        return _turnBegan = _time.GetTimestamp();
    }

    /// <summary>As <see cref="BeginTurn"/>, but that few short turns, as most are, count as no time.</summary>
    private long BeginNextTurn()
    {
        if (_steps >= StepsPerLook || ++_shortTurns == StepsPerLook)
        {
            return BeginTurn();
        }

        _steps = 0;
        return _turnBegan;
    }

    private sealed class LateReport(LoopSocket socket, SocketEvents events) : IThreadPoolWorkItem
    {
        public void Execute() => socket.Report(events);
    }
}

/// <summary>What the transport says, in either process; its ids are used by neither for anything else.</summary>
internal static partial class TransportLog
{
    [LoggerMessage(3000, LogLevel.Error,
        "No connection can be accepted on {EndPoint}: {Reason}. Those that come wait; raise the process's limit of open files, or let in fewer connections.")]
    public static partial void NoRoomToAccept(this ILogger logger, EndPoint endPoint, string reason);

    [LoggerMessage(3002, LogLevel.Warning,
        "New connections to {EndPoint} are closed at once: {Used} descriptors of the {Limit} that this process may have are in use, and the rest is kept for its own work. "
        + "Raise the limit (LimitNOFILE= of the unit, ulimit -n, --ulimit nofile= of the container), or let in fewer connections.")]
    public static partial void ClientsRefused(this ILogger logger, EndPoint endPoint, long used, long limit);

    [LoggerMessage(3003, LogLevel.Information, "New connections to {EndPoint} are accepted again; {Count} were closed at once for want of descriptors.")]
    public static partial void ClientsNotRefusedAnyMore(this ILogger logger, EndPoint endPoint, long count);

    [LoggerMessage(3004, LogLevel.Warning,
        "This process may have {Limit} descriptors, enough for some {Room} connections; {Setting} allows {Connections}. Beyond that new connections are closed at once. "
        + "Raise the limit (LimitNOFILE= of the unit, ulimit -n, --ulimit nofile= of the container), or lower {Setting}.")]
    public static partial void FewDescriptors(this ILogger logger, long limit, long room, string setting, long connections);

    [LoggerMessage(3001, LogLevel.Error, "A handler of the end of connection {ConnectionId} failed. The connection has ended; this is a fault of this program or of a library.")]
    public static partial void ClosedHandlerFailed(this ILogger logger, string connectionId, Exception exception);

    [LoggerMessage(3010, LogLevel.Warning,
        "This process is short of processor: what is ready waits {Milliseconds:F0} ms for its turn. Until it is in time again, nobody is taken for dead because an answer is late.")]
    public static partial void ProcessIsLate(this ILogger logger, double milliseconds);

    [LoggerMessage(3011, LogLevel.Information, "This process is in time again; it was late for {Duration}, by {Milliseconds:F0} ms at most.")]
    public static partial void ProcessIsInTime(this ILogger logger, TimeSpan duration, double milliseconds);

    [LoggerMessage(3020, LogLevel.Information,
        "Messages to many members are sent with one system call for each member: io_uring is not to be had here ({Reason}). With it they take less of the processor; containers often forbid it.")]
    public static partial void NoBatches(this ILogger logger, string reason);
}
