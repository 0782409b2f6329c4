using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets.Frames;
using YarpWs.Gateway.Sockets.Limits;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// One open WebSocket, or tunnel: whose it is, where it goes, what has passed, and what the gateway may do to it. <see cref="SocketRelay"/> runs it,
/// <see cref="TunnelRelay"/> if it is a tunnel; any thread may read and call what is here.
/// </summary>
internal sealed class LiveSocket
{
    private readonly DeadlineWheel _wheel;
    private readonly WheelEntry _wheelEntry;
    private readonly Action _abort;
    private readonly Func<Task>? _endSendingToClient;
    private readonly Action? _endSendingToBackend;
    private readonly Lock _ending = new();
    private volatile Login? _login;
    private volatile bool _isEnding;
    private volatile bool _isOver;
    private volatile bool _isClientGone;
    private int _closer;
    private int _cut = -1;
    private SocketClose? _ownClose;

    /// <param name="origin">Whose socket it is and where it goes.</param>
    /// <param name="ends">Its connections.</param>
    /// <param name="options">What holds for sockets of its route.</param>
    /// <param name="wheel">Watches its deadlines from now on, until <see cref="End"/>.</param>
    /// <param name="time">Tells when it was opened, and when its token ends.</param>
    /// <param name="spread">From 0 to 1, by chance: sockets that were opened together do not end together.</param>
    /// <param name="limits">What the client may send; null when there is no limit.</param>
    /// <param name="metrics">Gets the times of pings; null to measure none.</param>
    public LiveSocket(
        SocketOrigin origin,
        SocketEnds ends,
        SocketOptions options,
        DeadlineWheel wheel,
        TimeProvider time,
        double spread = 0,
        MessageLimits? limits = null,
        SocketMetrics? metrics = null)
    {
        Origin = origin;
        Options = options;
        _login = origin.Login;
        OpenedAt = time.GetTimestamp();
        var (client, backend) = (new Liveness(wheel, time, metrics?.ClientAnswered), new Liveness(wheel, time, metrics?.BackendAnswered));
        var begins = origin.IsTunnel ? FrameBoundary.InFrame : FrameBoundary.BetweenMessages;
        Client = new Peer(
            ends.Client,
            client,
            new FrameScanner(new FrameRules(fromClient: true, ends.Extensions), wholeFrames: 0, client, limits, other: backend, isEndless: origin.IsTunnel),
            new FrameSink(ends.Client, client, isMasked: false, begins));
        Backend = new Peer(
            ends.Backend,
            backend,
            new FrameScanner(new FrameRules(fromClient: false, ends.Extensions), options.WholeFrameBytes, backend, other: client, isEndless: origin.IsTunnel),
            new FrameSink(ends.Backend, backend, isMasked: true, begins));
        Pace = limits is null ? null : new ClientPace(limits, this, time);
        _wheel = wheel;
        (_abort, _endSendingToClient, _endSendingToBackend) = (ends.AbortClient, ends.EndSendingToClient, ends.EndSendingToBackend);
        _wheelEntry = new WheelEntry(new SocketDeadlines(this, options, time, wheel.Now, spread));
        wheel.Watch(_wheelEntry);
    }

    /// <summary>A timestamp of the <see cref="TimeProvider"/>.</summary>
    public long OpenedAt { get; }

    public SocketOrigin Origin { get; }

    /// <summary>What held for sockets of its route when it was opened.</summary>
    public SocketOptions Options { get; }

    public Peer Client { get; }

    public Peer Backend { get; }

    /// <summary>Holds the client to its rates; null when it has none. Belongs to the lane that reads from the client.</summary>
    public ClientPace? Pace { get; }

    /// <summary>Whose it is now: the login that opened it, or the newer token of the same one.</summary>
    public Login? Login => _login;

    public Closer Closer => (Closer)Volatile.Read(ref _closer);

    /// <summary>The code of the first close frame, or of that which a tunnel's client would have got; null when the connection was cut for no such reason, and while it is open.</summary>
    public int? CloseCode => Closer switch
    {
        Closer.Client => Client.Frames.CloseCode,
        Closer.Backend => Backend.Frames.CloseCode,
        Closer.Gateway => _ownClose?.Code,
        _ => null,
    };

    /// <summary>Why the gateway cut it; null when it did not.</summary>
    public CutReason? CutFor => Volatile.Read(ref _cut) is >= 0 and var reason ? (CutReason)reason : null;

    /// <summary>Whether its end is the backend's fault: it went away, did not answer, or broke the protocol.</summary>
    public bool WasLostByBackend => CutFor == CutReason.BackendLostInFrame
        || (Closer == Closer.Gateway && (_ownClose == SocketClose.BackendLost || _ownClose == SocketClose.BackendStalled || _ownClose == SocketClose.BackendFault));

    /// <summary>Whether the gateway has decided to close it.</summary>
    public bool IsLeaving => Volatile.Read(ref _ownClose) is not null;

    /// <summary>Whether one end has closed or gone, or is about to: what is left is bounded by Sockets:CloseTimeout.</summary>
    public bool IsEnding => _isEnding;

    /// <summary>Whether the gateway's close frame waits for what the backend still answers.</summary>
    public bool AwaitsBackend => Client.Sink.AwaitsClose;

    /// <summary>The last sum of <see cref="SocketTotals"/> that it is part of. Belongs to that.</summary>
    public long CountedBy { get; set; }

    /// <summary>Whether it has come to its end.</summary>
    public bool IsOver => _isOver;

    /// <summary>When a frame last went from one end to the other, by <see cref="DeadlineWheel.Now"/>. The gateway's own, and their answers, do not count.</summary>
    public long LastPassed => Math.Max(Client.Liveness.LastPassed, Backend.Liveness.LastPassed);

    /// <summary>The socket lives as long as this token, in place of the one before. Any thread may call it, once the token is checked.</summary>
    public void Renew(Login login)
    {
        _login = login;
        _wheel.Watch(_wheelEntry);
    }

    /// <summary>
    /// Sends the client a close frame, now or when the message under way has ended; nothing of the backend's follows it. The client's
    /// answer goes to the backend and ends the socket. Only the first one counts. A tunnel is cut.
    /// </summary>
    /// <param name="close">What it says.</param>
    /// <param name="isUrgent">Whether only the frame under way is waited for, and not its message.</param>
    public void Close(SocketClose close, bool isUrgent = false) => SendClose(close, isUrgent, isLastChance: false);

    /// <summary>The same for a socket whose backend sends nothing more: now or never. False when it is never, because a frame will not be ended.</summary>
    public bool CloseAtOnce(SocketClose close) => SendClose(close, isUrgent: true, isLastChance: true);

    /// <summary>
    /// Sends the client a close frame in the place of the backend's, behind what the backend still has to say; <see cref="Close"/> and
    /// <see cref="CloseAtOnce"/> bring it forward. Only the first one counts.
    /// </summary>
    /// <returns>Completes when its turn has come; never, when the client takes nothing any more.</returns>
    public Task CloseBehindBackendAsync(SocketClose close)
    {
        close = Interlocked.CompareExchange(ref _ownClose, close, null) ?? close;
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!Client.Sink.SendLastBehindClose(OwnFrame.Close(close, isMasked: false), said: said.SetResult))
        {
            said.SetResult();
        }
        else
        {
            // The backend's close frame is an answer, and the first to come.
            ClosedBy(Closer.Gateway);
        }

        BeginEnd();
        return said.Task;
    }

    /// <summary>Brings forward what an end in progress waits for. False when there is nothing that would.</summary>
    public bool CloseNow()
    {
        if (Client.Frames.CloseCode is not null || _isClientGone)
        {
            // The backend has not answered the client's close frame, or ended with the client; without it the relay does.
            Backend.Stream.Dispose();
            return true;
        }

        return (Closer == Closer.None || AwaitsBackend) && _ownClose is { } close && SendClose(close, isUrgent: true, isLastChance: false);
    }

    /// <summary>Answers the client's close frame in the backend's place, with the same code (RFC 6455, section 5.5.1).</summary>
    public void AnswerClient()
    {
        var code = Client.Frames.CloseCode is { } sent && FrameRules.IsCloseCode(sent) ? sent : 1000;
        Client.Sink.SendLast(OwnFrame.Close(new SocketClose(code, ""), isMasked: false), isUrgent: true, isLastChance: true);
    }

    /// <summary>Sends the backend a close frame between two frames; where none can ever stand, its connection is ended instead.</summary>
    /// <param name="close">What it says.</param>
    /// <param name="isLastChance">Whether the client sends nothing more, so that no frame under way will ever end.</param>
    public void TellBackend(SocketClose close, bool isLastChance)
    {
        if (!Backend.Sink.SendLast(OwnFrame.Close(close, isMasked: true), isUrgent: true, isLastChance))
        {
            Backend.Stream.Dispose();
        }
    }

    /// <summary>
    /// The client has gone without a close frame. The backend is told behind what the client has sent: as the client did it, by the end of what is sent to it;
    /// where that cannot be done, by a close frame.
    /// </summary>
    public void TellBackendOfItsEnd()
    {
        _isClientGone = true;
        BeginEnd();
        if (!EndSendingToBackend())
        {
            TellBackend(SocketClose.ClientGone, isLastChance: true);
        }
    }

    /// <summary>Ends what is sent to the backend, which can still send. False where that cannot be done.</summary>
    public bool EndSendingToBackend()
    {
        if (Backend.Stream is LoopStream direct)
        {
            direct.ShutdownSend();
            return true;
        }

        _endSendingToBackend?.Invoke();
        return _endSendingToBackend is not null;
    }

    /// <summary>Whether what is sent to the client can end before its connection does.</summary>
    public bool CanEndSendingToClient => Client.Stream is LoopStream || _endSendingToClient is not null;

    /// <summary>
    /// Ends what is sent to the client, once the gateway's close frame has been written, so that the client has not to wait for the end of the
    /// connection (RFC 6455, section 7.1.1).
    /// </summary>
    public async Task EndSendingToClientAsync()
    {
        await Client.Sink.FinishAsync();
        try
        {
            await SendingSide.EndAsync(Client.Stream, _endSendingToClient);
        }
        catch (Exception exception) when (ConnectionLost.Is(exception))
        {
            // The client has gone, or was cut.
        }
    }

    /// <summary>From now on the socket's end is bounded.</summary>
    public void BeginEnd()
    {
        _isEnding = true;
        _wheel.Watch(_wheelEntry);
    }

    public void ClosedBy(Closer closer) => Interlocked.CompareExchange(ref _closer, (int)closer, (int)Closer.None);

    /// <summary>Ends the socket at both ends without a close frame, a tunnel by resets: an end in order would say that all has come. After <see cref="End"/> it does nothing.</summary>
    public void Cut(CutReason reason)
    {
        lock (_ending)
        {
            if (!_isOver)
            {
                Interlocked.CompareExchange(ref _cut, (int)reason, -1);
                _abort();
                if (Origin.IsTunnel)
                {
                    (Backend.Stream as LoopStream)?.Abort();
                }

                Backend.Stream.Dispose();
            }
        }
    }

    /// <summary>
    /// The socket is over. Afterwards its connection is not touched any more, which over HTTP/2 may be serving another request.
    /// </summary>
    public void End()
    {
        lock (_ending)
        {
            _isOver = true;
        }

        _wheelEntry.End();
    }

    private bool SendClose(SocketClose close, bool isUrgent, bool isLastChance)
    {
        // The end of the backend's connection, which is part of a cut, may be seen before that of the client's.
        if (CutFor is not null)
        {
            return true;
        }

        close = Interlocked.CompareExchange(ref _ownClose, close, null) ?? close;
        if (Origin.IsTunnel)
        {
            ClosedBy(Closer.Gateway);
            BeginEnd();
            Cut(CutReason.Tunnel);
            return true;
        }

        var isSent = Client.Sink.SendLast(OwnFrame.Close(close, isMasked: false), isUrgent, isLastChance, said: () => ClosedBy(Closer.Gateway));
        BeginEnd();
        return isSent;
    }
}
