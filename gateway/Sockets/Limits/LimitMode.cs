namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>What is done with what goes beyond a limit.</summary>
internal enum LimitMode
{
    /// <summary>It is refused, slowed down or closed, as the limit says.</summary>
    Enforce,

    /// <summary>Nothing: it is counted and logged as it would have been, to try limits on real clients first.</summary>
    Count,
}
