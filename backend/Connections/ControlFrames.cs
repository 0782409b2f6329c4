using YarpWs.Backend.Protocols;
using YarpWs.Platform.Transport;

namespace YarpWs.Backend.Connections;

/// <summary>
/// The stream beneath the platform's <see cref="System.Net.WebSockets.WebSocket"/>, which reads the client's frames from it and writes pongs and
/// the close frame to it, each whole frame in one write. Those take their place in the connection's outbox, between messages. The platform disposes of
/// this at the end; the client's stream is not its own to dispose of.
/// </summary>
/// <param name="client">The client's stream.</param>
/// <param name="send">Puts a frame into the outbox.</param>
/// <param name="heard">Called when the platform comes back for more, which it does after whatever the client has sent.</param>
internal sealed class ControlFrames(Stream client, Action<Frame> send, Action heard) : AsyncStream
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        heard();
        return client.ReadAsync(buffer, cancellationToken);
    }

    /// <summary>Does not wait: the platform's buffer is copied.</summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        send(Frame.Control(buffer.Span));
        return ValueTask.CompletedTask;
    }
}
