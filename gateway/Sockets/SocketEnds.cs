using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Gateway.Sockets;

/// <summary>The two connections of a socket.</summary>
/// <param name="Client">To the client, after the handshake.</param>
/// <param name="Backend">To the backend, after the handshake.</param>
/// <param name="Extensions">What the two agreed on.</param>
/// <param name="AbortClient">Ends the client's connection without a word.</param>
internal sealed record SocketEnds(Stream Client, Stream Backend, WebSocketExtensions Extensions, Action AbortClient)
{
    /// <summary>Ends what is sent to the client and leaves what it sends; null where its stream can do that, and where it cannot be done.</summary>
    public Func<Task>? EndSendingToClient { get; init; }

    /// <summary>The same for the backend; null also for one behind TLS, which cannot be told so.</summary>
    public Action? EndSendingToBackend { get; init; }
}
