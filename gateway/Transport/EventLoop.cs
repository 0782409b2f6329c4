using System.Collections.Concurrent;

namespace YarpWs.Gateway.Transport;

/// <summary>
/// One thread that waits for many sockets and completes on itself what has waited for them: what follows a read begins here, without a hop
/// to another thread. So nothing may run here that blocks, or that takes longer than some milliseconds.
/// </summary>
/// <remarks>The thread is the one owner of the wait. It ends with <see cref="Dispose"/>, and with it every socket that is still watched.</remarks>
internal sealed class EventLoop : IDisposable
{
    private readonly Epoll _epoll = new();
    private readonly SocketSlots _sockets = new();
    private readonly ConcurrentQueue<IThreadPoolWorkItem> _posted = new();
    private readonly Thread _thread;
    private int _isWoken;
    private volatile bool _isStopped;

    public EventLoop(string name)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Reports to the socket from now on what becomes of it, until <see cref="Forget"/>.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The system watches no more sockets.</exception>
    public void Watch(LoopSocket socket) => _epoll.Watch(socket.Socket, _sockets.Add(socket));

    public void Forget(LoopSocket socket) => _sockets.Remove(socket);

    /// <summary>Runs something soon, behind what has begun.</summary>
    public void Post(IThreadPoolWorkItem work)
    {
        _posted.Enqueue(work);
        if (_isStopped)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static loop => loop.RunPosted(), this, preferLocal: false);
        }
        else if (Thread.CurrentThread != _thread && Interlocked.Exchange(ref _isWoken, 1) == 0)
        {
            _epoll.Wake();
        }
    }

    public void Dispose()
    {
        _isStopped = true;
        _epoll.Wake();
        _thread.Join();
        _epoll.Dispose();
        foreach (var socket in _sockets.All())
        {
            socket.Dispose();
        }

        RunPosted();
    }

    private void Run()
    {
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
