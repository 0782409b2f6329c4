using System.Buffers.Binary;
using System.Text;

namespace YarpWs.Backend.Messages;

/// <summary>What the bytes of a message are, as its sender said.</summary>
internal enum DataType : byte
{
    /// <summary>UTF-8 text.</summary>
    Text = 1,

    /// <summary>One JSON value, as UTF-8 text, untouched.</summary>
    Json = 2,

    /// <summary>Any bytes.</summary>
    Binary = 3,
}

/// <summary>
/// A message on its way between nodes. On the wire: version (1 byte), data type (1), sequence (8, little-endian), then the
/// node and the sender's user as length (2, little-endian) and UTF-8 each, then the data to the end.
/// </summary>
internal sealed record GroupMessage
{
    private const byte Version = 1;
    private const int FixedLength = 1 + 1 + sizeof(long);
    private const int MaxNameBytes = ushort.MaxValue;

    public required DataType DataType { get; init; }

    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The node that published the message.</summary>
    public required string Node { get; init; }

    /// <summary>Tells this message from every other of the same node, so that publishing it again after a lost answer does no harm.</summary>
    public required long Sequence { get; init; }

    /// <summary>The user who sent it; empty when it came from a server.</summary>
    public string FromUserId { get; init; } = "";

    public byte[] ToBytes()
    {
        var node = Encoding.UTF8.GetByteCount(Node);
        var user = Encoding.UTF8.GetByteCount(FromUserId);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(node, MaxNameBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(user, MaxNameBytes);

        var bytes = new byte[FixedLength + sizeof(ushort) + node + sizeof(ushort) + user + Data.Length];
        bytes[0] = Version;
        bytes[1] = (byte)DataType;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(2), Sequence);
        var rest = WriteName(bytes.AsSpan(FixedLength), Node, node);
        rest = WriteName(rest, FromUserId, user);
        Data.Span.CopyTo(rest);
        return bytes;
    }

    /// <summary>False when the bytes were written by something else than this version. The result shares <paramref name="bytes"/>.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, out GroupMessage? message)
    {
        message = null;
        var span = bytes.Span;
        if (span.Length < FixedLength || span[0] != Version || span[1] is < (byte)DataType.Text or > (byte)DataType.Binary)
        {
            return false;
        }

        var rest = bytes[FixedLength..];
        if (!TryReadName(ref rest, out var node) || !TryReadName(ref rest, out var user))
        {
            return false;
        }

        message = new GroupMessage
        {
            DataType = (DataType)span[1],
            Data = rest,
            Node = node,
            Sequence = BinaryPrimitives.ReadInt64LittleEndian(span[2..]),
            FromUserId = user,
        };
        return true;
    }

    private static Span<byte> WriteName(Span<byte> target, string name, int length)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)length);
        Encoding.UTF8.GetBytes(name, target[sizeof(ushort)..]);
        return target[(sizeof(ushort) + length)..];
    }

    private static bool TryReadName(ref ReadOnlyMemory<byte> rest, out string name)
    {
        name = "";
        if (rest.Length < sizeof(ushort))
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16LittleEndian(rest.Span);
        if (rest.Length < sizeof(ushort) + length)
        {
            return false;
        }

        name = Encoding.UTF8.GetString(rest.Span.Slice(sizeof(ushort), length));
        rest = rest[(sizeof(ushort) + length)..];
        return true;
    }
}
