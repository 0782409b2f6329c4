using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace YarpWs.Gateway.Sockets.Frames;

/// <summary>
/// The frames that the gateway itself sends: whole and final (RFC 6455, section 5.5). To a backend they are masked, as a client's must be
/// (section 5.3).
/// </summary>
internal static class OwnFrame
{
    /// <summary>What a control frame may carry; of a close frame the code takes two.</summary>
    private const int MaxControlPayload = 125;

    private const int Final = 0x80;
    private const int Masked = 0x80;

    public static ReadOnlyMemory<byte> Ping(long payload, bool isMasked)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, payload);
        return Of(Opcode.Ping, bytes, isMasked);
    }

    /// <summary>A reason that is too long is cut, between two characters.</summary>
    public static ReadOnlyMemory<byte> Close(SocketClose close, bool isMasked)
    {
        Span<byte> payload = stackalloc byte[MaxControlPayload];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)close.Code);
        Encoding.UTF8.GetEncoder().Convert(close.Reason, payload[2..], flush: true, out _, out var length, out _);
        return Of(Opcode.Close, payload[..(2 + length)], isMasked);
    }

    /// <summary>A message to a client.</summary>
    public static ReadOnlyMemory<byte> Text(string text) => Of(Opcode.Text, Encoding.UTF8.GetBytes(text), isMasked: false);

    private static byte[] Of(Opcode opcode, ReadOnlySpan<byte> payload, bool isMasked)
    {
        // Up to 65,535 bytes, which is more than any frame of the gateway's carries.
        var extended = payload.Length > MaxControlPayload ? 2 : 0;
        var frame = new byte[2 + extended + (isMasked ? 4 : 0) + payload.Length];
        frame[0] = (byte)(Final | (int)opcode);
        frame[1] = (byte)((isMasked ? Masked : 0) | (extended == 0 ? payload.Length : 126));
        if (extended != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), checked((ushort)payload.Length));
        }

        var body = frame.AsSpan(frame.Length - payload.Length);
        payload.CopyTo(body);
        if (isMasked)
        {
            var mask = frame.AsSpan(2 + extended, 4);
            RandomNumberGenerator.Fill(mask);
            for (var i = 0; i < body.Length; i++)
            {
                body[i] ^= mask[i & 3];
            }
        }

        return frame;
    }
}
