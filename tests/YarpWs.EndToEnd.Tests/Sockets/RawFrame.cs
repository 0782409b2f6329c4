using System.Buffers.Binary;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>One whole frame as it came.</summary>
internal sealed record RawFrame(byte[] Bytes, int HeaderSize)
{
    public Opcode Opcode => (Opcode)(Bytes[0] & 0xF);

    private bool IsMasked => (Bytes[1] & 0x80) != 0;

    public byte[] Payload => Unmasked()[(HeaderSize - (IsMasked ? 4 : 0))..];

    public int CloseCode => Payload is { Length: >= 2 } payload ? BinaryPrimitives.ReadUInt16BigEndian(payload) : 1005;

    /// <summary>The same frame, bit for bit, without a mask.</summary>
    public byte[] Unmasked()
    {
        if (!IsMasked)
        {
            return Bytes;
        }

        var mask = Bytes.AsSpan(HeaderSize - 4, 4);
        byte[] frame = [.. Bytes.AsSpan(0, HeaderSize - 4), .. Bytes.AsSpan(HeaderSize)];
        frame[1] &= 0x7F;
        for (var i = HeaderSize - 4; i < frame.Length; i++)
        {
            frame[i] ^= mask[(i - (HeaderSize - 4)) & 3];
        }

        return frame;
    }
}

/// <summary>Finds the frames in bytes that come in pieces. What is wrong with them it does not ask.</summary>
internal sealed class FrameReader
{
    private byte[] _bytes = new byte[4096];
    private int _start;
    private int _end;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_end + bytes.Length > _bytes.Length)
        {
            var larger = new byte[Math.Max(_bytes.Length, 2 * (_end - _start + bytes.Length))];
            _bytes.AsSpan(_start.._end).CopyTo(larger);
            (_bytes, _start, _end) = (larger, 0, _end - _start);
        }

        bytes.CopyTo(_bytes.AsSpan(_end));
        _end += bytes.Length;
    }

    public RawFrame? Next()
    {
        var bytes = _bytes.AsSpan(_start.._end);
        if (bytes.Length < 2)
        {
            return null;
        }

        var seven = bytes[1] & 0x7F;
        var header = 2 + (seven switch { 126 => 2, 127 => 8, _ => 0 }) + ((bytes[1] & 0x80) != 0 ? 4 : 0);
        if (bytes.Length < header)
        {
            return null;
        }

        var length = seven switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            127 => BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
            _ => seven,
        };
        if (bytes.Length < header + length)
        {
            return null;
        }

        _start += header + (int)length;
        return new RawFrame(bytes[..(header + (int)length)].ToArray(), header);
    }
}
