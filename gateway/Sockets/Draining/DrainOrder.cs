namespace YarpWs.Gateway.Sockets.Draining;

/// <summary>Whose turn comes first when sockets are closed one after another.</summary>
internal enum DrainOrder
{
    /// <summary>Whoever has been there longest.</summary>
    Oldest,

    /// <summary>By chance, so that clients that came together do not return together.</summary>
    Spread,
}
