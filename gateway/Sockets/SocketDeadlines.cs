using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// The deadlines of one socket: its token's end and the notice before it, pings and the bounds for their answers, silence, age, and how long
/// an end may take. It has no timer; the wheel asks <see cref="Check"/>, which says when to ask again. Only the wheel calls it.
/// </summary>
internal sealed class SocketDeadlines
{
    /// <summary>Long enough to fetch a token and to show it to the gateway, short enough that a page does not renew all the time.</summary>
    private static readonly TimeSpan NoticeBeforeExpiry = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a client that broke a rule waits for its close frame while the backend answers what came before. Longer than any answer takes that is on its way.
    /// </summary>
    private static readonly TimeSpan BackendAnswer = TimeSpan.FromSeconds(1);

    /// <summary>By how much chance may bring forward the ends by silence and by age.</summary>
    private const double Jitter = 0.1;

    private readonly LiveSocket _socket;
    private readonly SocketOptions _options;
    private readonly TimeProvider _time;
    private readonly PeerWatch _client;
    private readonly PeerWatch _backend;
    private readonly long _idleTimeout;
    private readonly long _endOfLife;
    private DateTimeOffset? _noticedFor;
    private long? _endingSince;
    private bool _isForced;

    public SocketDeadlines(LiveSocket socket, SocketOptions options, TimeProvider time, long now, double spread)
    {
        _socket = socket;
        _options = options;
        _time = time;
        _client = new PeerWatch(socket.Client, socket.Backend, Ticks(options.PingInterval), Ticks(options.PongTimeout));
        _backend = new PeerWatch(socket.Backend, socket.Client, Ticks(options.PingInterval), Ticks(options.BackendTimeout));
        var share = 1 - (Jitter * spread);
        _idleTimeout = Ticks(options.IdleTimeout * share);
        _endOfLife = options.MaxLifetime is { } lifetime ? now + Ticks(lifetime * share) : long.MaxValue;
    }

    public long SocketId => _socket.Origin.Id;

    /// <summary>A token may be good until the last day there is, and grace goes no further.</summary>
    private DateTimeOffset? LoginEndsAt => _socket.Login?.ExpiresAt is not { } expiresAt ? null
        : expiresAt > DateTimeOffset.MaxValue - _options.TokenGrace ? DateTimeOffset.MaxValue
        : expiresAt + _options.TokenGrace;

    /// <summary>Does what is due, and returns when to be asked again, both by <see cref="DeadlineWheel.Now"/>; null when there is nothing left to watch.</summary>
    public long? Check(long now)
    {
        if (!_socket.IsEnding && DueEnd(now) is { } close)
        {
            _socket.Close(close);
        }

        if (_socket.IsEnding)
        {
            return CheckEnd(now);
        }

        var due = Math.Min(Math.Min(_endOfLife, _socket.LastPassed + _idleTimeout), CheckLogin(now));
        if (_socket.Origin.IsTunnel)
        {
            // It cannot be pinged, and an end that reads nothing for a while may have been asked to: a pager's, a terminal's.
            return due;
        }

        if (_client.Check(now) is not { } client)
        {
            _socket.Cut(CutReason.ClientDead);
            return null;
        }

        if (_backend.Check(now) is not { } backend)
        {
            _socket.Close(SocketClose.BackendStalled);
            return CheckEnd(now);
        }

        return Math.Min(Math.Min(client, backend), due);
    }

    private SocketClose? DueEnd(long now)
    {
        if (LoginEndsAt <= _time.GetUtcNow())
        {
            return SocketClose.TokenExpired;
        }

        return now >= _endOfLife ? SocketClose.LifetimeOver : now >= _socket.LastPassed + _idleTimeout ? SocketClose.Idle : null;
    }

    /// <summary>Tells the client that its token is about to expire, once for each token; returns when the next is due.</summary>
    private long CheckLogin(long now)
    {
        if (LoginEndsAt is not { } endsAt)
        {
            return long.MaxValue;
        }

        var left = endsAt - _time.GetUtcNow();
        if (_options.ExpiryNotice is { Length: > 0 } notice && !_socket.Origin.IsTunnel && _noticedFor != endsAt)
        {
            if (left > NoticeBeforeExpiry)
            {
                return In(left - NoticeBeforeExpiry);
            }

            _noticedFor = endsAt;
            _socket.Client.Sink.SendNotice(OwnFrame.Text(notice));
        }

        return In(left);

        // Far off is looked at again in between; the clock may be set.
        long In(TimeSpan span) => now + Ticks(span < TimeSpan.FromDays(1) ? span : TimeSpan.FromDays(1));
    }

    /// <summary>An end that takes too long is brought forward once, if anything can, and is then cut.</summary>
    private long? CheckEnd(long now)
    {
        _endingSince ??= now;
        var due = _endingSince.Value + Ticks(_socket.AwaitsBackend && BackendAnswer < _options.CloseTimeout ? BackendAnswer : _options.CloseTimeout);
        if (now < due)
        {
            return due;
        }

        if (!_isForced && _socket.CloseNow())
        {
            (_isForced, _endingSince) = (true, now);
            return now + Ticks(_options.CloseTimeout);
        }

        _socket.Cut(CutReason.CloseUnanswered);
        return null;
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);
}
