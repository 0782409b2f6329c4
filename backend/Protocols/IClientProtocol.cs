using System.Net.WebSockets;
using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Protocols;

/// <summary>How the bytes of one client's messages are read and written. Implementations keep no state and are shared.</summary>
internal interface IClientProtocol
{
    /// <summary>The WebSocket subprotocol that selects it (RFC 6455 section 1.9); null for the one used when none is offered.</summary>
    string? Subprotocol { get; }

    /// <summary>Reads one whole message. Null when it is not one of this protocol; the client is then closed with 1011.</summary>
    ClientMessage? Parse(ReadOnlySpan<byte> payload, WebSocketMessageType type);

    /// <summary>Writes a group's message for the members who speak this protocol.</summary>
    Frame Encode(GroupMessage message);
}
