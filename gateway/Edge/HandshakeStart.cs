namespace YarpWs.Gateway.Edge;

/// <summary>When a handshake came in: a timestamp of the <see cref="TimeProvider"/>.</summary>
internal sealed record HandshakeStart(long Timestamp);
