using System.Collections.Concurrent;
using System.Net;

namespace YarpWs.Platform.Transport;

/// <summary>
/// One thread that waits for many sockets and completes on itself what has waited for them: what follows a read begins here, without a hop
/// to another thread. So nothing may run here that blocks, or that takes longer than a millisecond (THREADS.md).
/// </summary>
/// <remarks>The thread owns the wait, and what is waited for. It ends with <see cref="Dispose"/>.</remarks>
internal sealed class EventLoop : IDisposable
{
    [ThreadStatic]
    private static EventLoop? _current;

    private readonly Epoll _epoll = new();
    private readonly SocketSlots _sockets = new();
    private readonly ConcurrentQueue<IThreadPoolWorkItem> _posted = new();
    private readonly LoopContext _context;
    private readonly Thread _thread;
    private int _isWoken;
    private volatile bool _isStopped;

    public EventLoop(string name)
    {
        _context = new LoopContext(this);
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>The one whose thread this is, if it is one's.</summary>
    public static EventLoop? Current => _current;

    /// <summary>How many sockets it watches. Anyone may ask; it may be a moment old.</summary>
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

    /// <summary>Runs something soon, behind what has begun; after the end of the loop in the thread pool.</summary>
    public void Post(IThreadPoolWorkItem work)
    {
        _posted.Enqueue(work);
        if (Thread.CurrentThread == _thread || Interlocked.Exchange(ref _isWoken, 1) == 1)
        {
            return;
        }

        try
        {
            _epoll.Wake();
        }
        catch (ObjectDisposedException)
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

    /// <summary>Ends the loop, and every socket in it. It may be called from anywhere, and waits unless the loop itself calls it.</summary>
    public void Dispose()
    {
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
            // In this order: whoever posts after the look at the queue finds nobody woken, and wakes.
            Interlocked.Exchange(ref _isWoken, 0);
            var count = _epoll.Wait(isPatient: _posted.IsEmpty);
            for (var i = 0; i < count; i++)
            {
                if (_epoll.Report(i, out var key, out var events))
                {
                    _sockets.Find(key)?.Report(events);
                }
            }

            RunPosted();
        }

        foreach (var socket in _sockets.All())
        {
            socket.Dispose();
        }

        // Whoever posts from now on finds nobody to wake.
        _epoll.Dispose();
        Interlocked.Exchange(ref _isWoken, 0);
        while (!_posted.IsEmpty)
        {
            RunPosted();
        }
    }

    /// <summary>What is posted meanwhile has to wait: sockets come between.</summary>
    private void RunPosted()
    {
        for (var left = _posted.Count; left > 0 && _posted.TryDequeue(out var work); left--)
        {
            work.Execute();
        }
    }
}

/// <summary>What the transport says, in either process; its ids are used by neither for anything else.</summary>
internal static partial class TransportLog
{
    [LoggerMessage(3000, LogLevel.Error,
        "No connection can be accepted on {EndPoint}: {Reason}. Those that come wait; raise the process's limit of open files, or let in fewer connections.")]
    public static partial void NoRoomToAccept(this ILogger logger, EndPoint endPoint, string reason);
}
