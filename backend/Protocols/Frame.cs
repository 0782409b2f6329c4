using System.Buffers.Binary;
using System.Net.WebSockets;

namespace YarpWs.Backend.Protocols;

/// <summary>
/// One message as it goes to clients: a whole WebSocket frame, final and not masked (RFC 6455 section 5.2). It is encoded once and shared by
/// everybody who gets it, so never changed.
/// </summary>
internal sealed class Frame
{
    private const byte Final = 0x80;
    private const byte Length16 = 126;
    private const byte Length64 = 127;

    private readonly int _head;

    /// <summary>A message; its bytes are copied.</summary>
    public Frame(ReadOnlyMemory<byte> payload, WebSocketMessageType type)
    {
        Type = type;
        _head = payload.Length switch { < Length16 => 2, <= ushort.MaxValue => 2 + sizeof(ushort), _ => 2 + sizeof(ulong) };
        var bytes = GC.AllocateUninitializedArray<byte>(_head + payload.Length);
        bytes[0] = (byte)(Final | (type is WebSocketMessageType.Text ? 1 : 2));
        switch (_head)
        {
            case 2:
                bytes[1] = (byte)payload.Length;
                break;
            case 2 + sizeof(ushort):
                bytes[1] = Length16;
                BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)payload.Length);
                break;
            default:
                bytes[1] = Length64;
                BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(2), (ulong)payload.Length);
                break;
        }

        payload.Span.CopyTo(bytes.AsSpan(_head));
        Wire = bytes;
    }

    private Frame(byte[] control)
    {
        // Control frames are short (RFC 6455 section 5.5).
        (_head, Wire) = (2, control);
        Type = (control[0] & 0x0F) == 8 ? WebSocketMessageType.Close : WebSocketMessageType.Binary;
    }

    /// <summary>Text or binary for a message, close for a close frame; without meaning for a ping or a pong.</summary>
    public WebSocketMessageType Type { get; }

    /// <summary>The whole frame.</summary>
    public ReadOnlyMemory<byte> Wire { get; }

    public ReadOnlyMemory<byte> Payload => Wire[_head..];

    /// <summary>A close, ping or pong frame as the platform has written it; its bytes are copied.</summary>
    public static Frame Control(ReadOnlySpan<byte> bytes) => new(bytes.ToArray());
}
