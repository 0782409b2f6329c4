using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Sockets;

/// <summary>The last sockets that ended, and how, for the operator who asks why one is gone. Any thread may call it.</summary>
internal sealed class EndedSockets(TimeProvider time)
{
    /// <summary>Of some 300 bytes each beside what clients call themselves and their paths, which are bounded as in the log.</summary>
    public const int Capacity = 256;

    private readonly Recent<EndedSocket> _sockets = new(Capacity);

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<EndedSocket> All => _sockets.All();

    public void Add(LiveSocket socket, TimeSpan duration) => _sockets.Add(new EndedSocket(
        socket.Origin, socket.Login?.ExpiresAt, duration, Traffic.Of(socket), socket.Client.Liveness.RoundTrip, time.GetUtcNow(), socket.CloseCode, socket.Closer, socket.CutFor));
}

/// <summary>A socket that is over.</summary>
/// <param name="Origin">Whose it was and where it went.</param>
/// <param name="TokenExpiresAt">When its last token ended.</param>
/// <param name="Duration">How long it was open.</param>
/// <param name="Traffic">What it has carried.</param>
/// <param name="RoundTrip">Of its client's last answered ping.</param>
/// <param name="At">When it ended.</param>
/// <param name="CloseCode">Of the first close frame; null when it was cut.</param>
/// <param name="Closer">Who sent that.</param>
/// <param name="CutFor">Why the gateway cut it; null when it did not.</param>
internal sealed record EndedSocket(
    SocketOrigin Origin,
    DateTimeOffset? TokenExpiresAt,
    TimeSpan Duration,
    Traffic Traffic,
    TimeSpan? RoundTrip,
    DateTimeOffset At,
    int? CloseCode,
    Closer Closer,
    CutReason? CutFor);
