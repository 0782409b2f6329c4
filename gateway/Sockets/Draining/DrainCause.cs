namespace YarpWs.Gateway.Sockets.Draining;

/// <summary>What a drain is for.</summary>
internal enum DrainCause
{
    /// <summary>The gateway stops.</summary>
    Shutdown,

    /// <summary>The operator has taken a destination out.</summary>
    Destination,

    /// <summary>A route or a destination is no longer configured.</summary>
    Removed,
}
