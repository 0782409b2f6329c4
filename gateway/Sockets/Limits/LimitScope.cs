namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>Whom a limit counts for.</summary>
internal enum LimitScope
{
    /// <summary>All clients together.</summary>
    Route,
    User,
    Address,
}
