namespace YarpWs.Gateway.Sockets;

/// <summary>Why the gateway itself ends a socket: the close code and reason that its client gets. PROTOCOL.md of the room server has the table.</summary>
internal sealed record SocketClose(int Code, string Reason)
{
    /// <summary>Nothing has passed for longer than Sockets:IdleTimeout; come back when there is something to say.</summary>
    public static SocketClose Idle { get; } = new(1001, "nothing was said for too long");

    /// <summary>The client sent what is no WebSocket frame, or not at its place.</summary>
    public static SocketClose ProtocolError { get; } = new(1002, "protocol error");

    /// <summary>The client sent more per second than a limit allows, and Sockets:OverRate says to close it.</summary>
    public static SocketClose TooFast { get; } = new(1008, "too many messages or bytes per second");

    /// <summary>A message of the client's is larger than Sockets:MaxMessageBytes.</summary>
    public static SocketClose MessageTooBig { get; } = new(1009, "a message is too big");

    /// <summary>The gateway stops; come back, to another one.</summary>
    public static SocketClose ServiceRestart { get; } = new(1012, "the gateway restarts, come back");

    /// <summary>The socket is older than Sockets:MaxLifetime; come back.</summary>
    public static SocketClose LifetimeOver { get; } = new(1012, "the socket has lived its time, come back");

    /// <summary>The operator has taken the destination out; come back, to another one.</summary>
    public static SocketClose DestinationDrained { get; } = new(1012, "the server is taken out, come back");

    /// <summary>The route or the destination is configured no more; come back, and see where it leads now.</summary>
    public static SocketClose RouteRemoved { get; } = new(1012, "the routes have changed, come back");

    /// <summary>The backend's connection ended without a close frame; come back, to another one.</summary>
    public static SocketClose BackendLost { get; } = new(1012, "the server is gone, come back");

    /// <summary>The backend neither reads nor answers; come back in a while.</summary>
    public static SocketClose BackendStalled { get; } = new(1013, "the server does not answer, come back later");

    /// <summary>The backend sent what is no WebSocket frame, or not at its place; come back.</summary>
    public static SocketClose BackendFault { get; } = new(1014, "the server broke the protocol, come back");

    /// <summary>The token that opened the socket is no longer valid; come back with a new one.</summary>
    public static SocketClose TokenExpired { get; } = new(4003, "the login has expired, log in again");

    /// <summary>The login that opened the socket was revoked; come back only when the user has logged in anew.</summary>
    public static SocketClose LoginRevoked { get; } = new(4004, "the login was revoked, log in again");

    /// <summary>What a backend is told when the gateway ends its client's socket, whatever for.</summary>
    public static SocketClose ClientLeaves { get; } = new(1001, "the gateway has ended the socket");

    /// <summary>What a backend behind TLS is told when its client's connection has ended without a close frame.</summary>
    public static SocketClose ClientGone { get; } = new(1001, "the client is gone");

    public static IReadOnlyList<SocketClose> All { get; } =
        [
            Idle, ProtocolError, TooFast, MessageTooBig, ServiceRestart, LifetimeOver, DestinationDrained, RouteRemoved, BackendLost, BackendStalled, BackendFault,
            TokenExpired, LoginRevoked,
        ];

    /// <summary>The same, with a reason that goes on to say more.</summary>
    public SocketClose Because(string detail) => this with { Reason = $"{Reason}: {detail}" };
}

/// <summary>Who sent the first close frame of a socket.</summary>
internal enum Closer
{
    /// <summary>Nobody: the connection was cut.</summary>
    None,
    Client,
    Backend,

    /// <summary>The gateway, because it stops.</summary>
    Gateway,
}
