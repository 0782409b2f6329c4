namespace YarpWs.Gateway.Access;

/// <summary>What became of a ticket. Each is a value of the metric's tag.</summary>
internal enum TicketResult
{
    Issued,
    Redeemed,

    /// <summary>It was used before, has expired, or was never issued: nobody keeps enough to tell which.</summary>
    Unknown,

    /// <summary>It was used from another page or for another path, and is spent.</summary>
    Misplaced,

    /// <summary>Redis is away, or the gateway keeps as many as it may.</summary>
    Unavailable,
}
