namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>
/// The place of one socket among those that limits count, from before its handshake goes to a destination until it is over. Whoever took
/// it gives it back by disposing of it, once.
/// </summary>
internal sealed class SocketPlace(SocketLimits limits, IReadOnlyList<(Claim Claim, Tally Tally)> taken, MessageLimits? messages) : IDisposable
{
    public IEnumerable<Tally> Tallies => taken.Select(one => one.Tally);

    /// <summary>What may be sent over the socket; null when there is no limit.</summary>
    public MessageLimits? Messages => messages;

    public void Dispose() => limits.Leave(this);
}
