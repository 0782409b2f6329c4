namespace YarpWs.Gateway.Sockets;

/// <summary>Why the gateway itself ends a socket: the close code and reason that its client gets. PROTOCOL.md of the room server has the table.</summary>
internal sealed record SocketClose(int Code, string Reason)
{
    /// <summary>The gateway stops; come back, to another one.</summary>
    public static SocketClose ServiceRestart { get; } = new(1012, "the gateway restarts, come back");

    /// <summary>The token that opened the socket is no longer valid; come back with a new one.</summary>
    public static SocketClose TokenExpired { get; } = new(4003, "the login has expired, log in again");

    public static IReadOnlyList<SocketClose> All { get; } = [ServiceRestart, TokenExpired];
}
