namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>The limits, by the names of their settings.</summary>
internal enum Limit
{
    MaxSockets,
    MaxSocketsPerUser,
    MaxSocketsPerAddress,
    HandshakesPerSecond,
    HandshakesPerSecondPerUser,
    HandshakesPerSecondPerAddress,
    MaxMessageBytes,
    MessagesPerSecond,
    MessagesPerSecondPerUser,
    MessagesPerSecondPerAddress,
    BytesPerSecond,
    BytesPerSecondPerUser,
    BytesPerSecondPerAddress,

    /// <summary>Of plain requests and handshakes alike: what a route says beside the proxy's keys.</summary>
    RequestRates,

    /// <summary>As <see cref="RequestRates"/>.</summary>
    RequestLimits,

    /// <summary>No setting: <see cref="SocketLimits.MaxTallies"/>.</summary>
    Tallies,

    /// <summary>No setting: the queue of handshakes bounds it by what the process can do in time.</summary>
    HandshakesUnderWay,
}
