namespace YarpWs.Gateway.Requests;

/// <summary>Why a handshake did not become a socket.</summary>
internal enum RefusalReason
{
    /// <summary>It was no good handshake.</summary>
    Request,

    /// <summary>No route leads there.</summary>
    Route,

    /// <summary>A page of a foreign origin.</summary>
    Origin,

    /// <summary>No token, or none that is good.</summary>
    Login,

    /// <summary>A good token, and not for this.</summary>
    Policy,

    /// <summary>There are too many.</summary>
    Limit,

    /// <summary>The gateway stops.</summary>
    Stopping,

    /// <summary>A destination refused it, or none could be reached.</summary>
    Destination,
}
