namespace YarpWs.Gateway.Sockets;

/// <summary>
/// A socket's place in the wheel. It stays there until its slot comes round, long after the socket has ended perhaps, and so holds nothing of
/// it from its end on.
/// </summary>
internal sealed class WheelPlace(SocketLife life)
{
    private volatile SocketLife? _life = life;

    public long SocketId { get; } = life.SocketId;

    /// <summary>The tick at which the wheel will ask next. Belongs to the wheel.</summary>
    public long ScheduledTick { get; set; }

    /// <inheritdoc cref="SocketLife.Check"/>
    public long? Check(long now) => _life?.Check(now);

    /// <summary>The socket has ended; nothing is due any more.</summary>
    public void End() => _life = null;
}
