namespace YarpWs.Gateway.Sockets;

/// <summary>
/// The deadlines of one socket: its token's end, a ping when the client is quiet, a bound for its answer, a bound for the answer to a
/// close frame. It has no timer; the wheel asks <see cref="Check"/>, which says when to ask again. Only the wheel's loop calls it.
/// </summary>
internal sealed class SocketLife(LiveSocket socket, SocketOptions options, TimeProvider time)
{
    private volatile bool _isOver;
    private long? _quietSince;
    private long _noticedAt;
    private long? _closedAt;

    public long SocketId => socket.Origin.Id;

    private DateTimeOffset? LoginEndsAt => EndOf(socket.Login?.ExpiresAt, options.TokenGrace);

    /// <summary>The tick at which the wheel will ask next. Belongs to the wheel.</summary>
    public long ScheduledTick { get; set; }

    /// <summary>The socket has ended; nothing is due any more.</summary>
    public void End() => _isOver = true;

    /// <summary>Does what is due, and returns when to be asked again, both by <see cref="DeadlineWheel.Now"/>; null when there is nothing left to watch.</summary>
    public long? Check(long now)
    {
        if (_isOver)
        {
            return null;
        }

        if (_closedAt is null && LoginEndsAt <= time.GetUtcNow())
        {
            socket.Close(SocketClose.TokenExpired);
        }

        if (socket.IsLeaving)
        {
            _closedAt ??= now;
            return Bounded(_closedAt.Value, options.CloseTimeout, now);
        }

        return Earliest(CheckPing(now), now);
    }

    private long? CheckPing(long now)
    {
        var heard = socket.LastHeard;
        var quietUntil = heard + Ticks(options.PingInterval);
        if (now < quietUntil)
        {
            return quietUntil;
        }

        if (_quietSince != heard)
        {
            (_quietSince, _noticedAt) = (heard, now);
            socket.Ping();
        }

        // A ping whose turn has not come is nobody's fault but the backend's.
        return Bounded(Math.Max(_noticedAt, socket.ClientAskedAt ?? now), options.PongTimeout, now);
    }

    /// <summary>A wait that began at <paramref name="since"/> ends the socket when it takes too long.</summary>
    private long? Bounded(long since, TimeSpan bound, long now)
    {
        if (now < since + Ticks(bound))
        {
            return since + Ticks(bound);
        }

        socket.Cut();
        return null;
    }

    private long? Earliest(long? due, long now)
    {
        if (due is null || LoginEndsAt is not { } endsAt)
        {
            return due;
        }

        var left = endsAt - time.GetUtcNow();
        return left < TimeSpan.FromDays(1) ? Math.Min(due.Value, now + Ticks(left)) : due;
    }

    /// <summary>A token may be good until the last day there is, and grace goes no further.</summary>
    private static DateTimeOffset? EndOf(DateTimeOffset? expiresAt, TimeSpan grace) =>
        expiresAt > DateTimeOffset.MaxValue - grace ? DateTimeOffset.MaxValue : expiresAt + grace;

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
