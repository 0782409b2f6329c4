namespace YarpWs.Gateway.Sockets;

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
