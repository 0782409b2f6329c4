namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>
/// The place of one socket among those that limits count, from before its handshake goes to a destination until it is over. Whoever took
/// it gives it back by disposing of it, once.
/// </summary>
internal sealed class SocketPlace(SocketLimits limits, IReadOnlyList<(Claim Claim, Tally Tally)> taken) : IDisposable
{
    public IEnumerable<Tally> Tallies => taken.Select(one => one.Tally);

    public void Dispose() => limits.Leave(this);
}
