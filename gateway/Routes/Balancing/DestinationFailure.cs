namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>What the failure of a try says about the destination that was tried.</summary>
internal enum DestinationFailure
{
    /// <summary>Nothing: the destination answered, the client or its request was at fault, or the gateway lacked something of its own.</summary>
    None,

    /// <summary>
    /// The destination had the request and gave no good answer: it ended the connection, was silent for too long, or broke the protocol. A client
    /// may cause that by what it asks for, so it takes several clients to blame the destination.
    /// </summary>
    NoAnswer,

    /// <summary>No connection could be made, and nothing was sent. No client can cause that.</summary>
    NotReached,
}
