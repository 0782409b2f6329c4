using YarpWs.Gateway.Access;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// One open WebSocket: whose it is, where it goes, and what has passed. <see cref="FromClient"/> belongs to the task that copies towards the
/// backend, <see cref="FromBackend"/> to whoever may write to the client at the moment; what others read of them may be a moment old.
/// </summary>
internal sealed class LiveSocket
{
    private const long Never = long.MaxValue;

    private readonly DeadlineWheel _wheel;
    private readonly SocketLife _life;
    private readonly Action _cut;
    private readonly Lock _ending = new();
    private bool _isOver;
    private long _pingedAt = Never;
    private long _blockedAt = Never;
    private int _closer;
    private SocketClose? _ownClose;
    private volatile Login? _login;

    /// <param name="origin">Whose socket it is and where it goes.</param>
    /// <param name="client">The connection to the client.</param>
    /// <param name="wheel">Watches its deadlines from now on, until <see cref="EndAsync"/>.</param>
    /// <param name="options">The deadlines.</param>
    /// <param name="time">Tells when it was opened, and when its token ends.</param>
    /// <param name="cut">Ends the connection without a word.</param>
    public LiveSocket(SocketOrigin origin, Stream client, DeadlineWheel wheel, SocketOptions options, TimeProvider time, Action cut)
    {
        Origin = origin;
        Login = origin.Login;
        OpenedAt = time.GetTimestamp();
        LastHeard = wheel.Now;
        Stream = new SocketStream(client, this);
        _wheel = wheel;
        _cut = cut;
        _life = new SocketLife(this, options, time);
        wheel.Watch(_life);
    }

    /// <summary>A timestamp of the <see cref="TimeProvider"/>.</summary>
    public long OpenedAt { get; }

    public SocketOrigin Origin { get; }

    /// <summary>Whose it is now: the login that opened it, or the newer token of the same one.</summary>
    public Login? Login
    {
        get => _login;
        private set => _login = value;
    }

    /// <summary>The client's end, for the forwarder.</summary>
    public SocketStream Stream { get; }

    public FrameScanner FromClient { get; } = new();

    public FrameScanner FromBackend { get; } = new();

    /// <summary>When the client last sent bytes, or took some that had waited for it, by <see cref="DeadlineWheel.Now"/>.</summary>
    public long LastHeard { get; private set; }

    /// <summary>
    /// Since when a ping of the gateway's is on its way, or a write waits for the client to read, by <see cref="DeadlineWheel.Now"/>; null
    /// while the client has nothing to show: a ping may wait for the backend to end a frame.
    /// </summary>
    public long? ClientAskedAt => Math.Min(Volatile.Read(ref _pingedAt), Volatile.Read(ref _blockedAt)) is not Never and var since ? since : null;

    public Closer Closer => (Closer)Volatile.Read(ref _closer);

    /// <summary>The code of the first close frame; null when the connection was cut, and while it is open.</summary>
    public int? CloseCode => Closer switch
    {
        Closer.Client => FromClient.CloseCode,
        Closer.Backend => FromBackend.CloseCode,
        Closer.Gateway => _ownClose?.Code,
        _ => null,
    };

    /// <summary>Whether the gateway has decided to close it.</summary>
    public bool IsLeaving => Volatile.Read(ref _ownClose) is not null;

    public void HeardFromClient() => LastHeard = _wheel.Now;

    /// <summary>A write waits for the client to read.</summary>
    public void Blocked() => Volatile.Write(ref _blockedAt, _wheel.Now);

    /// <summary>The client has read, and made room for a write that waited. One that found room shows nothing: that may be the system's.</summary>
    public void Unblocked()
    {
        Volatile.Write(ref _blockedAt, Never);
        LastHeard = _wheel.Now;
    }

    /// <summary>The socket lives as long as this token, in place of the one before. Anybody may call it who has checked the token.</summary>
    public void Renew(Login login)
    {
        Login = login;
        _wheel.Watch(_life);
    }

    /// <summary>Sends the client a ping between two frames of the backend's, once there is room.</summary>
    public void Ping()
    {
        Volatile.Write(ref _pingedAt, Never);
        Stream.SendPing();
    }

    /// <summary>The ping's turn has come.</summary>
    public void Pinged() => Volatile.Write(ref _pingedAt, _wheel.Now);

    /// <summary>
    /// Sends the client a close frame, now or when the frame under way has ended; nothing of the backend's follows it. The client's answer
    /// goes to the backend and ends the socket. Only the first one counts.
    /// </summary>
    public void Close(SocketClose close)
    {
        if (Interlocked.CompareExchange(ref _ownClose, close, null) is null)
        {
            Stream.SendLast(ControlFrame.Close(close));
            _wheel.Watch(_life);
        }
    }

    /// <summary>Ends the socket without a close frame, for a client that is not there any more. Afterwards it does nothing.</summary>
    public void Cut()
    {
        lock (_ending)
        {
            if (!_isOver)
            {
                _cut();
            }
        }
    }

    /// <summary>
    /// The socket is over, as soon as what is being written to its client is: until then it may be cut. Afterwards its connection is not
    /// touched any more, which over HTTP/2 may be serving somebody else.
    /// </summary>
    public async Task EndAsync()
    {
        await Stream.FinishAsync();
        lock (_ending)
        {
            _isOver = true;
        }

        _life.End();
    }

    public void ClosedBy(Closer closer) => Interlocked.CompareExchange(ref _closer, (int)closer, (int)Closer.None);
}
