using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace YarpWs.Benchmarks.Load;

internal enum Opcode
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// <summary>
/// One unfragmented frame (RFC 6455 section 5.2) at the start of a buffer: where its payload begins and how long it is, and where the
/// mask stands, which is 0 in a server's frame.
/// </summary>
internal readonly record struct FrameShape(Opcode Opcode, int Payload, int Length, int Mask)
{
    public int End => Payload + Length;

    /// <summary>False while the buffer does not hold the whole frame.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FrameShape frame)
    {
        frame = default;
        if (bytes.Length < 2)
        {
            return false;
        }

        if ((bytes[0] & 0xF0) != 0x80)
        {
            throw new WrongAnswerException($"A frame began with 0x{bytes[0]:x2}; only whole messages without extensions are expected.");
        }

        var lengthSize = (bytes[1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 };
        var mask = (bytes[1] & 0x80) != 0 ? 2 + lengthSize : 0;
        var payload = 2 + lengthSize + (mask > 0 ? 4 : 0);
        if (bytes.Length < payload)
        {
            return false;
        }

        var length = lengthSize switch
        {
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            8 => checked((int)BinaryPrimitives.ReadInt64BigEndian(bytes[2..])),
            _ => bytes[1] & 0x7F,
        };
        frame = new FrameShape((Opcode)(bytes[0] & 0x0F), payload, length, mask);
        return bytes.Length >= frame.End;
    }
}

internal static class Frames
{
    /// <summary>Any mask does; this one changes every byte.</summary>
    private const uint Mask = 0xA5C3_96E1;

    public static byte[] FromClient(Opcode opcode, ReadOnlySpan<byte> payload) => Write(opcode, payload, isMasked: true);

    public static byte[] FromServer(Opcode opcode, ReadOnlySpan<byte> payload) => Write(opcode, payload, isMasked: false);

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

    private static byte[] Write(Opcode opcode, ReadOnlySpan<byte> payload, bool isMasked)
    {
        var lengthSize = payload.Length switch { < 126 => 0, <= ushort.MaxValue => 2, _ => 8 };
        var start = 2 + lengthSize + (isMasked ? 4 : 0);
        var frame = new byte[start + payload.Length];
        frame[0] = (byte)(0x80 | (int)opcode);
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
}
