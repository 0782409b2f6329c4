using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// Follows the frames of one direction of a WebSocket (RFC 6455, section 5.2) as its bytes pass, in pieces of any size. It looks at
/// headers and at the two bytes of a close code; payloads are stepped over, not copied. Not safe for use by two threads at once.
/// </summary>
internal sealed class FrameScanner
{
    private const int NoStatusReceived = 1005;

    private Header _header;
    private int _headerLength;
    private long _payloadLeft;
    private int _codeBytes;
    private int _code;

    public long Bytes { get; private set; }

    /// <summary>Messages that have passed whole: text and binary, however many frames each came in.</summary>
    public long Messages { get; private set; }

    /// <summary>The code of the close frame that has passed, 1005 for one without a code; null before.</summary>
    public int? CloseCode { get; private set; }

    /// <summary>Whether a frame has just ended, or none has begun: here, and nowhere else, a frame of one's own can be put in.</summary>
    public bool IsBetweenFrames => _headerLength == 0;

    private int Opcode => _header[0] & 0x0F;

    private bool IsLastFragment => (_header[0] & 0x80) != 0;

    private bool IsMasked => (_header[1] & 0x80) != 0;

    public void Scan(ReadOnlySpan<byte> bytes)
    {
        Bytes += bytes.Length;
        while (!bytes.IsEmpty)
        {
            if (_payloadLeft > 0)
            {
                bytes = bytes[Skip(bytes)..];
            }
            else
            {
                _header[_headerLength++] = bytes[0];
                bytes = bytes[1..];
                if (_headerLength < 2 || _headerLength < HeaderSize())
                {
                    continue;
                }

                _payloadLeft = PayloadLength();
            }

            if (_payloadLeft == 0)
            {
                EndFrame();
            }
        }
    }

    private int Skip(ReadOnlySpan<byte> payload)
    {
        if (Opcode == Opcodes.Close)
        {
            for (var i = 0; i < payload.Length && i < _payloadLeft && _codeBytes < 2; i++, _codeBytes++)
            {
                var mask = IsMasked ? _header[HeaderSize() - 4 + _codeBytes] : 0;
                _code = (_code << 8) | (payload[i] ^ mask);
            }
        }

        var skipped = (int)Math.Min(_payloadLeft, payload.Length);
        _payloadLeft -= skipped;
        return skipped;
    }

    private void EndFrame()
    {
        switch (Opcode)
        {
            case Opcodes.Close:
                CloseCode ??= _codeBytes == 2 ? _code : NoStatusReceived;
                break;
            case Opcodes.Continuation or Opcodes.Text or Opcodes.Binary when IsLastFragment:
                Messages++;
                break;
        }

        _headerLength = 0;
    }

    private int HeaderSize() => 2 + LengthSize(_header[1] & 0x7F) + (IsMasked ? 4 : 0);

    private static int LengthSize(int length) => length switch { 126 => 2, 127 => 8, _ => 0 };

    private long PayloadLength() => (_header[1] & 0x7F) switch
    {
        126 => BinaryPrimitives.ReadUInt16BigEndian(_header[2..4]),

        // The highest bit must be 0; the backend will refuse a frame that has it set, and here it must not turn into a negative length.
        127 => BinaryPrimitives.ReadInt64BigEndian(_header[2..10]) & long.MaxValue,
        var length => length,
    };

    /// <summary>The longest header: two bytes, eight of length, four of mask.</summary>
    [InlineArray(14)]
    private struct Header
    {
        private byte _first;
    }

    private static class Opcodes
    {
        public const int Continuation = 0x0;
        public const int Text = 0x1;
        public const int Binary = 0x2;
        public const int Close = 0x8;
    }
}
