using System.Diagnostics;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using Microsoft.AspNetCore.Connections;

namespace YarpWs.Platform.Transport;

/// <summary>
/// Something that a socket does again and again, one at a time: tried at once, and when the socket is not ready, again by the loop as soon as
/// it is. A report that comes early is kept, so that none is lost between a try and the wait.
/// </summary>
/// <remarks>
/// The state passes from <see cref="NotReady"/> to <see cref="Waiting"/> by the thread that began, from anything to <see cref="Ready"/> by the loop's
/// report. The thread that takes it out of <see cref="Waiting"/> ends the wait.
/// </remarks>
internal abstract class SocketOperation(LoopSocket socket) : IValueTaskSource<int>, IValueTaskSource, IThreadPoolWorkItem
{
    private const int NotReady = 0;
    private const int Ready = 1;
    private const int Waiting = 2;
    private const int Cancelled = 3;

    private ManualResetValueTaskSourceCore<int> _result;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;
    private int _state;

    /// <summary>Whether the socket may be ready, as far as is known.</summary>
    protected bool IsReady => Volatile.Read(ref _state) == Ready;

    /// <summary>What the loop has seen, or what it was asked for: another try.</summary>
    public void Signal()
    {
        switch (Interlocked.Exchange(ref _state, Ready))
        {
            case Waiting:
                Resume();
                break;
            case Cancelled:
                Finish(default, new OperationCanceledException(_cancellation));
                break;
        }
    }

    void IThreadPoolWorkItem.Execute() => Signal();

    int IValueTaskSource<int>.GetResult(short token) => _result.GetResult(token);

    void IValueTaskSource.GetResult(short token) => _result.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _result.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _result.OnCompleted(continuation, state, token, flags);

    /// <summary>What the loop reports when the operation can be tried again.</summary>
    protected abstract SocketEvents Wanted { get; }

    /// <summary>Tries it. False when the socket is not ready; then <see cref="IsReady"/> is no longer said, or is by a newer report.</summary>
    protected abstract bool TryRun(out int result);

    /// <summary>Forgets what it worked on.</summary>
    protected abstract void Clear();

    /// <summary>Takes the report back before a try that may use it up. False when there is none.</summary>
    protected bool TakeReady() => Interlocked.CompareExchange(ref _state, NotReady, Ready) == Ready;

    /// <summary>Puts it back: the try has not used it up.</summary>
    protected void KeepReady() => Interlocked.CompareExchange(ref _state, Ready, NotReady);

    /// <summary>Has the loop go on. When the socket is ready, it is tried again after others have had their turn.</summary>
    /// <returns>The token of the operation's end.</returns>
    protected short Wait(CancellationToken cancellation)
    {
        Debug.Assert(Volatile.Read(ref _state) is not (Waiting or Cancelled), "One read and one write at a time.");
        _result.Reset();
        var token = _result.Version;
        _cancellation = cancellation;
        _registration = cancellation.UnsafeRegister(static operation => ((SocketOperation)operation!).Cancel(), this);
        EnterWait();
        return token;
    }

    /// <summary>Has what was done end later, when the others of the loop have had their turn.</summary>
    /// <returns>The token of the operation's end.</returns>
    protected short EndLater()
    {
        _result.Reset();
        var token = _result.Version;
        Volatile.Write(ref _state, Waiting);
        ComeAgain();
        return token;
    }

    /// <summary>Leaves it to a batch, which calls <see cref="EndInBatch"/> or <see cref="GoOn"/>. Until then a report is kept and a cancellation waits.</summary>
    /// <returns>The token of the operation's end.</returns>
    protected short BeginInBatch(CancellationToken cancellation)
    {
        Debug.Assert(Volatile.Read(ref _state) is not (Waiting or Cancelled), "One read and one write at a time.");
        _result.Reset();
        _cancellation = cancellation;
        return _result.Version;
    }

    /// <summary>All of it is done.</summary>
    protected void EndInBatch()
    {
        Clear();
        _result.SetResult(0);
    }

    /// <summary>Tries what is left of it, and waits if it must.</summary>
    protected void GoOn()
    {
        _registration = _cancellation.UnsafeRegister(static operation => ((SocketOperation)operation!).Cancel(), this);
        Resume();
    }

    private void EnterWait()
    {
        // Of a closed socket there is no report.
        if (Interlocked.Exchange(ref _state, Waiting) == Ready || socket.IsClosed)
        {
            ComeAgain();
        }

        // Before it waited, a cancellation found nothing to cancel.
        if (_cancellation.IsCancellationRequested)
        {
            Cancel();
        }
    }

    private void ComeAgain()
    {
        var loop = socket.Loop;
        if (EventLoop.Current == loop)
        {
            loop.ComeAgain(socket, Wanted);
        }
        else
        {
            loop.Post(this);
        }
    }

    private void Cancel()
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Waiting) == Waiting)
        {
            socket.Loop.Post(this);
        }
    }

    private void Resume()
    {
        int result;
        try
        {
            if (!TryRun(out result))
            {
                EnterWait();
                return;
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            Finish(default, exception);
            return;
        }

        Finish(result, null);
    }

    private void Finish(int result, Exception? exception)
    {
        _registration.Dispose();
        Clear();
        if (exception is null)
        {
            _result.SetResult(result);
        }
        else
        {
            _result.SetException(exception);
        }
    }
}

internal static class SocketFailure
{
    /// <summary>As ASP.NET Core tells them apart: a peer that reset the connection is no fault of this end.</summary>
    public static IOException Of(SocketError error)
    {
        var cause = new SocketException((int)error);
        return error is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted
            ? new ConnectionResetException(cause.Message, cause)
            : new IOException(cause.Message, cause);
    }
}
