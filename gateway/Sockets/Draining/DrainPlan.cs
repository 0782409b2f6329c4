namespace YarpWs.Gateway.Sockets.Draining;

/// <summary>How sockets are closed.</summary>
/// <param name="Close">What their clients are told.</param>
/// <param name="PerSecond">How many of them in a second; more than 0.</param>
/// <param name="Order">Whose turn comes first.</param>
internal sealed record DrainPlan(SocketClose Close, double PerSecond, DrainOrder Order = DrainOrder.Oldest);

/// <summary>Whose turn comes first when sockets are closed one after another.</summary>
internal enum DrainOrder
{
    /// <summary>The oldest sockets first.</summary>
    Oldest,

    /// <summary>By chance, so that clients that came together do not return together.</summary>
    Spread,
}
