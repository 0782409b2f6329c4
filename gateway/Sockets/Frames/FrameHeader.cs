using System.Buffers.Binary;

namespace YarpWs.Gateway.Sockets.Frames;

/// <summary>The first bytes of a frame, as they are (RFC 6455, section 5.2); <see cref="FrameRules"/> says whether they may be so.</summary>
internal readonly struct FrameHeader
{
    /// <summary>The longest header: two bytes, eight of length, four of mask.</summary>
    public const int MaxSize = 14;

    private readonly byte _first;
    private readonly byte _second;

    private FrameHeader(byte first, byte second, ulong payloadLength)
    {
        _first = first;
        _second = second;
        PayloadLength = payloadLength;
    }

    public bool IsFinal => (_first & 0x80) != 0;

    /// <summary>RSV1, RSV2 and RSV3, which belong to extensions.</summary>
    public int Reserved => (_first >> 4) & 0x7;

    public Opcode Opcode => (Opcode)(_first & 0x0F);

    public bool IsControl => (_first & 0x08) != 0;

    public bool IsMasked => (_second & 0x80) != 0;

    /// <summary>Up to 2^64 - 1 as it stands on the wire; the highest bit is not allowed.</summary>
    public ulong PayloadLength { get; }

    /// <summary>Bytes before the payload, the mask included.</summary>
    public int Size => 2 + ExtendedSize(_second) + (IsMasked ? 4 : 0);

    /// <summary>Whether the length is written in as few bytes as it can be, as it must.</summary>
    public bool IsShortestForm => ExtendedSize(_second) switch
    {
        0 => true,
        2 => PayloadLength > 125,
        _ => PayloadLength > ushort.MaxValue,
    };

    /// <summary>Reads the header that begins <paramref name="bytes"/>; false when it has not arrived whole.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FrameHeader header)
    {
        if (bytes.Length >= 2)
        {
            var second = bytes[1];
            var extended = ExtendedSize(second);
            if (bytes.Length >= 2 + extended + ((second & 0x80) != 0 ? 4 : 0))
            {
                var length = extended switch
                {
                    0 => (ulong)(second & 0x7F),
                    2 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
                    _ => BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]),
                };
                header = new FrameHeader(bytes[0], second, length);
                return true;
            }
        }

        header = default;
        return false;
    }

    private static int ExtendedSize(byte second) => (second & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 };
}

/// <summary>What a frame is (RFC 6455, section 5.2). Control frames have the highest of the four bits.</summary>
internal enum Opcode : byte
{
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xA,
}
