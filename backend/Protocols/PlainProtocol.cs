using System.Net.WebSockets;
using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Protocols;

/// <summary>In: <c>{"message": "…"}</c>. Out: the text itself, without any envelope. PROTOCOL.md, "Plain".</summary>
internal sealed class PlainProtocol : IClientProtocol
{
    public static PlainProtocol Instance { get; } = new();

    public string? Subprotocol => null;

    public ClientMessage? Parse(ReadOnlySpan<byte> payload, WebSocketMessageType type) => PlainRequest.Parse(payload, type);

    public Frame Encode(GroupMessage message) =>
        new(message.Data, message.DataType is DataType.Binary ? WebSocketMessageType.Binary : WebSocketMessageType.Text);
}
