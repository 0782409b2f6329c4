using System.Buffers;
using System.Net.WebSockets;
using System.Text.Encodings.Web;
using System.Text.Json;
using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Protocols;

/// <summary>
/// As <see cref="PlainProtocol"/>, but what goes out says who sent it and through which node:
/// <c>{"message": "…", "from": "ann", "node": "a"}</c>. PROTOCOL.md, "Attributed".
/// </summary>
internal sealed class AttributedProtocol : IClientProtocol
{
    /// <summary>Escapes what JSON asks to escape and nothing else: nobody puts this into a page of HTML, and most texts keep their length.</summary>
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static AttributedProtocol Instance { get; } = new();

    public string? Subprotocol => "attributed.yarpws.v1";

    public ClientMessage? Parse(ReadOnlySpan<byte> payload, WebSocketMessageType type) => PlainRequest.Parse(payload, type);

    public Frame Encode(GroupMessage message)
    {
        if (message.DataType is DataType.Binary)
        {
            return new Frame(message.Data, WebSocketMessageType.Binary);
        }

        var buffer = new ArrayBufferWriter<byte>(message.Data.Length + 128);
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            json.WriteString("message", message.Data.Span);
            if (message.FromUserId.Length > 0)
            {
                json.WriteString("from", message.FromUserId);
            }

            json.WriteString("node", message.Node);
            json.WriteEndObject();
        }

        return new Frame(buffer.WrittenMemory, WebSocketMessageType.Text);
    }
}
