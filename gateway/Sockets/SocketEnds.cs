using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Gateway.Sockets;

/// <summary>The two connections of a socket.</summary>
/// <param name="Client">To the client, after the handshake.</param>
/// <param name="Backend">To the backend, after the handshake.</param>
/// <param name="Extensions">What the two agreed on.</param>
/// <param name="AbortClient">Ends the client's connection without a word.</param>
internal sealed record SocketEnds(Stream Client, Stream Backend, WebSocketExtensions Extensions, Action AbortClient);
