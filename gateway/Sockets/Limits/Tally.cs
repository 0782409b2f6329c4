namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>What is counted for one route, user or address. <see cref="SocketLimits"/> guards it, all but the buckets of messages.</summary>
internal sealed class Tally(TimeProvider time)
{
    public int Sockets { get; set; }

    public TokenBucket Handshakes { get; } = new(time);

    /// <summary>The times that were given to refused handshakes to come back at, one after the other.</summary>
    public TokenBucket Returns { get; } = new(time);

    public TokenBucket Messages { get; } = new(time);

    public TokenBucket Bytes { get; } = new(time);

    /// <summary>Whether a new one in its place would say the same.</summary>
    public bool IsBlank(long now) => Sockets == 0
        && Handshakes.IsFull(now) && Returns.IsFull(now) && Messages.IsFull(now) && Bytes.IsFull(now);
}
