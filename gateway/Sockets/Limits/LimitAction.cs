namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>What became of what went beyond a limit.</summary>
internal enum LimitAction
{
    /// <summary>A handshake was answered 429 or 503.</summary>
    Refused,

    /// <summary>A client was not read from for a while.</summary>
    Delayed,

    /// <summary>A socket was closed.</summary>
    Closed,

    /// <summary>Nothing, because limits are only counted.</summary>
    Counted,

    /// <summary>A handshake was let in, not counted for its user or address: there are too many of them to keep count.</summary>
    Uncounted,
}
