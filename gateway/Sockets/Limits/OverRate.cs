namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>What happens to a client that sends faster than it may.</summary>
internal enum OverRate
{
    /// <summary>Nothing more is read from it until it is back within its rate; what it sends meanwhile waits at its end.</summary>
    Delay,

    /// <summary>Its socket is closed with <see cref="SocketClose.TooFast"/>.</summary>
    Close,
}
