namespace YarpWs.Gateway.Sockets;

/// <summary>Why the gateway ended a socket without a close frame, or without its answer.</summary>
internal enum CutReason
{
    /// <summary>The client answered no ping, or took none of what waited for it.</summary>
    ClientDead,

    /// <summary>The client did not answer a close frame in time.</summary>
    CloseUnanswered,

    /// <summary>The backend's connection ended inside a frame that was too large to be held back.</summary>
    BackendLostInFrame,

    /// <summary>It was not over when Shutdown:Timeout was.</summary>
    ShutdownOver,

    /// <summary>It is a tunnel, which no close frame ends; the close code says what for.</summary>
    Tunnel,

    /// <summary>One end of a tunnel was reset, and so the other one.</summary>
    Reset,

    /// <summary>Something failed that must not.</summary>
    Failure,
}
