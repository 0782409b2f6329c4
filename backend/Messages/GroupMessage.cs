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
/// node and the sender's user as length (2, little-endian) and UTF-8 each, then the data to the end. Where a connection is excluded, the
/// data type has its highest bit set and the connection's id stands between the user and the data, as they do.
/// </summary>
internal sealed record GroupMessage
{
    private const byte Version = 1;
    private const byte Excludes = 0x80;
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

    /// <summary>The connection that the message is not for, on whichever node it is; empty when it is for every member.</summary>
    public string ExcludedConnectionId { get; init; } = "";

    public byte[] ToBytes()
    {
        var node = Encoding.UTF8.GetByteCount(Node);
        var user = Encoding.UTF8.GetByteCount(FromUserId);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(node, MaxNameBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(user, MaxNameBytes);
        var excluded = Encoding.UTF8.GetByteCount(ExcludedConnectionId);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(excluded, MaxNameBytes);

        var bytes = new byte[FixedLength + sizeof(ushort) + node + sizeof(ushort) + user + (excluded > 0 ? sizeof(ushort) + excluded : 0) + Data.Length];
        bytes[0] = Version;
        bytes[1] = (byte)((byte)DataType | (excluded > 0 ? Excludes : 0));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(2), Sequence);
        var rest = WriteName(bytes.AsSpan(FixedLength), Node, node);
        rest = WriteName(rest, FromUserId, user);
        if (excluded > 0)
        {
            rest = WriteName(rest, ExcludedConnectionId, excluded);
        }

        Data.Span.CopyTo(rest);
        return bytes;
    }

    /// <summary>False when the bytes were written by something else than this version. The result shares <paramref name="bytes"/>.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, out GroupMessage? message)
    {
        message = null;
        var span = bytes.Span;
        if (span.Length < FixedLength || span[0] != Version)
        {
            return false;
        }

        var type = (DataType)(span[1] & ~Excludes);
        if (type is < DataType.Text or > DataType.Binary)
        {
            return false;
        }

        var rest = bytes[FixedLength..];
        var excluded = "";
        if (!TryReadName(ref rest, out var node) || !TryReadName(ref rest, out var user)
            || ((span[1] & Excludes) != 0 && !TryReadName(ref rest, out excluded)))
        {
            return false;
        }

        message = new GroupMessage
        {
            DataType = type,
            Data = rest,
            Node = node,
            Sequence = BinaryPrimitives.ReadInt64LittleEndian(span[2..]),
            FromUserId = user,
            ExcludedConnectionId = excluded,
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
