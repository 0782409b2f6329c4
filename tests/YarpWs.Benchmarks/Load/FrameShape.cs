using System.Buffers.Binary;

namespace YarpWs.Benchmarks.Load;

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
