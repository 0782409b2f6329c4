using System.Buffers.Binary;
using System.Text;

namespace YarpWs.Gateway.Sockets;

/// <summary>The frames that the gateway itself sends to a client: whole, final and unmasked (RFC 6455, section 5.5).</summary>
internal static class ControlFrame
{
    /// <summary>What a control frame may carry; of a close frame the code takes two.</summary>
    private const int MaxPayload = 125;

    private const byte FinalClose = 0x88;
    private const byte FinalPing = 0x89;

    /// <summary>The gateway tells its pings from a backend's by nothing: whatever comes back shows that the client is there.</summary>
    public static ReadOnlyMemory<byte> Ping { get; } = new byte[] { FinalPing, 0 };

    /// <summary>A reason that is too long is cut, between two characters.</summary>
    public static ReadOnlyMemory<byte> Close(SocketClose close)
    {
        var frame = new byte[2 + MaxPayload];
        frame[0] = FinalClose;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)close.Code);
        Encoding.UTF8.GetEncoder().Convert(close.Reason, frame.AsSpan(4), flush: true, out _, out var length, out _);
        frame[1] = (byte)(2 + length);
        return frame.AsMemory(0, 4 + length);
    }
}
