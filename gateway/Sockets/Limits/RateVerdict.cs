namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>What follows from how fast a client sends.</summary>
/// <param name="Wait">How long nothing more is to be read from it; zero when it may go on.</param>
/// <param name="Close">How its socket is to be closed; null when it is not.</param>
internal readonly record struct RateVerdict(TimeSpan Wait, SocketClose? Close);
