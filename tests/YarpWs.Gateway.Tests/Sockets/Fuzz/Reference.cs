using System.Buffers.Binary;
using System.Runtime.InteropServices;
using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Gateway.Tests.Sockets.Fuzz;

/// <summary>
/// What must become of bytes, told slowly and of all of them at once, from RFC 6455 and not from the gateway's own code: which go on, between
/// which of them something may be put in, and how they end.
/// </summary>
internal sealed class Reference
{
    private readonly Dictionary<int, bool> _boundaries = new() { [0] = true };

    private Reference()
    {
    }

    /// <summary>The bytes that go on.</summary>
    public List<byte> Passed { get; } = [];

    public bool IsFault { get; private set; }

    public bool IsClosed { get; private set; }

    /// <summary>Whether something may stand at this place of <see cref="Passed"/>; and if so whether it is between two messages.</summary>
    public bool IsBoundary(int at, out bool isBetweenMessages) => _boundaries.TryGetValue(at, out isBetweenMessages);

    /// <summary>Whether just these bytes go on from this place of <see cref="Passed"/>: garbage may look like a ping of the gateway's.</summary>
    public bool HasPassed(int at, ReadOnlySpan<byte> bytes) => CollectionsMarshal.AsSpan(Passed)[at..].StartsWith(bytes);

    public bool HasPlaceBetweenMessages(int from, int before) => _boundaries.Any(place => place.Key >= from && place.Key < before && place.Value);

    /// <param name="bytes">All that the end sends.</param>
    /// <param name="traffic">From whom they are, and what was agreed on.</param>
    /// <param name="answered">What the gateway's last ping carried.</param>
    public static Reference Read(byte[] bytes, Traffic traffic, long answered)
    {
        var reference = new Reference();
        var (at, inMessage, isAnswered) = (0, false, false);
        while (!reference.IsFault && !reference.IsClosed && HeaderSize(bytes, at) is { } header && at + header <= bytes.Length)
        {
            var (opcode, isFinal, reserved, masked) = (bytes[at] & 0xF, (bytes[at] & 0x80) != 0, (bytes[at] >> 4) & 7, (bytes[at + 1] & 0x80) != 0);
            var length = PayloadLength(bytes, at, out var isShortest);
            var isControl = opcode >= 8;
            reference.IsFault = masked != traffic.FromClient || !isShortest || length < 0
                || opcode is (> 2 and < 8) or > 10
                || (isControl ? !isFinal || length > 125 : opcode == 0 != inMessage)
                || (reserved != 0 && !(traffic.Extensions == WebSocketExtensions.Deflate && reserved == 4 && opcode is 1 or 2));
            if (reference.IsFault)
            {
                break;
            }

            if (length > bytes.Length - at - header)
            {
                // The connection is lost inside this frame.
                if (!isControl && header + length > traffic.WholeFrames)
                {
                    reference.Passed.AddRange(bytes[at..]);
                }

                break;
            }

            var frame = bytes.AsSpan(at, header + (int)length);
            at += frame.Length;
            var payload = Payload(frame, header, masked);
            if (opcode == 10 && !isAnswered && payload.Length == 8 && BinaryPrimitives.ReadInt64BigEndian(payload) == answered)
            {
                isAnswered = true;
                continue;
            }

            if (opcode == 8)
            {
                var code = payload.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(payload) : 0;
                reference.IsClosed = payload.Length == 0 || (payload.Length >= 2 && code is >= 1000 and < 5000 and not (1004 or 1005 or 1006 or 1015));
                reference.IsFault = !reference.IsClosed;
            }

            if (!reference.IsFault)
            {
                inMessage = isControl ? inMessage : !isFinal;
                reference.Passed.AddRange(frame);
                if (!reference.IsClosed)
                {
                    reference._boundaries[reference.Passed.Count] = !inMessage;
                }
            }
        }

        return reference;
    }

    private static int? HeaderSize(byte[] bytes, int at) =>
        at + 2 > bytes.Length ? null : 2 + ((bytes[at + 1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 }) + (bytes[at + 1] >> 7 << 2);

    private static long PayloadLength(byte[] bytes, int at, out bool isShortest)
    {
        var seven = bytes[at + 1] & 0x7F;
        var length = seven switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 2)),
            127 => BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(at + 2)),
            _ => seven,
        };
        isShortest = seven switch { 126 => length >= 126, 127 => length >= 65_536, _ => true };
        return length;
    }

    private static byte[] Payload(ReadOnlySpan<byte> frame, int header, bool masked)
    {
        var payload = frame[header..].ToArray();
        for (var i = 0; masked && i < payload.Length; i++)
        {
            payload[i] ^= frame[header - 4 + (i % 4)];
        }

        return payload;
    }
}
