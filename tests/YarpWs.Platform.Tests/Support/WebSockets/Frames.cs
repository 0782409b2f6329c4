using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace YarpWs.Tests.Support.WebSockets;

/// <summary>What a frame is (RFC 6455, section 5.2).</summary>
public enum Opcode : byte
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// <summary>One frame as it stood on the wire, unmasked.</summary>
public sealed record WireFrame(Opcode Opcode, bool IsFinal, byte[] Payload)
{
    public string Text => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Payload);

    /// <summary>The code of a close frame; 1005 when it carries none (RFC 6455, section 7.1.5).</summary>
    public int CloseCode => Payload.Length < 2 ? 1005 : BinaryPrimitives.ReadUInt16BigEndian(Payload);

    public string CloseReason => Payload.Length < 2 ? "" : Encoding.UTF8.GetString(Payload.AsSpan(2));
}

/// <summary>Writes frames, good ones and bad ones.</summary>
public static class Frames
{
    /// <summary>Any mask does; this one changes every byte.</summary>
    private const uint Mask = 0xA5C3_96E1;

    public static byte[] FromClient(Opcode opcode, ReadOnlySpan<byte> payload) => Of(opcode, payload, isMasked: true);

    public static byte[] FromServer(Opcode opcode, ReadOnlySpan<byte> payload) => Of(opcode, payload, isMasked: false);

    public static byte[] Of(Opcode opcode, ReadOnlySpan<byte> payload, bool isFinal = true, int reserved = 0, bool isMasked = true)
    {
        var lengthSize = payload.Length switch { < 126 => 0, <= ushort.MaxValue => 2, _ => 8 };
        var start = 2 + lengthSize + (isMasked ? 4 : 0);
        var frame = new byte[start + payload.Length];
        frame[0] = (byte)((isFinal ? 0x80 : 0) | (reserved << 4) | (int)opcode);
        frame[1] = (byte)((isMasked ? 0x80 : 0) | lengthSize switch { 0 => payload.Length, 2 => 126, _ => 127 });
        if (lengthSize == 2)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        }
        else if (lengthSize == 8)
        {
            BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(2), payload.Length);
        }

        payload.CopyTo(frame.AsSpan(start));
        if (isMasked)
        {
            var mask = frame.AsSpan(start - 4, 4);
            BinaryPrimitives.WriteUInt32BigEndian(mask, Mask);
            Apply(mask, frame.AsSpan(start));
        }

        return frame;
    }

    /// <summary>Masks or unmasks in place.</summary>
    public static void Apply(ReadOnlySpan<byte> mask, Span<byte> bytes)
    {
        var word = MemoryMarshal.Read<uint>(mask);
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ref var eight in words)
        {
            eight ^= ((ulong)word << 32) | word;
        }

        for (var i = words.Length * sizeof(ulong); i < bytes.Length; i++)
        {
            bytes[i] ^= mask[i & 3];
        }
    }
}
