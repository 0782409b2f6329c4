namespace YarpWs.Gateway.Sockets.Draining;

/// <summary>What becomes of sockets whose route or destination is configured no more.</summary>
internal enum RemovedAction
{
    /// <summary>They live on.</summary>
    Keep,

    /// <summary>They are closed one after another.</summary>
    Drain,

    /// <summary>They are closed at once.</summary>
    Close,
}
