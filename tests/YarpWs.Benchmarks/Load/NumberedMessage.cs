using System.Globalization;
using System.Text;

namespace YarpWs.Benchmarks.Load;

/// <summary>
/// A text message of a fixed size with a number in it that can be changed in place, as a client's frame, and as it must come back.
/// </summary>
internal sealed class NumberedMessage
{
    private const int Digits = 16;

    private readonly byte[] _frame;
    private readonly int _digits;
    private readonly byte[] _expected;
    private readonly FrameShape _shape;

    /// <summary>A message of this size, at least 32 bytes, with its sender in it, so that none can be taken for another's.</summary>
    public NumberedMessage(int bytes, int sender)
        : this(bytes, sender, [], [])
    {
    }

    /// <summary>The same, sent with something around it.</summary>
    public NumberedMessage(int bytes, int sender, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        _expected = Encoding.ASCII.GetBytes($"{0:x16} {sender:x8} ".PadRight(bytes, 'm'));
        _frame = Frames.FromClient(Opcode.Text, [.. before, .. _expected, .. after]);
        FrameShape.TryRead(_frame, out _shape);
        _digits = before.Length;
    }

    /// <summary>Bytes of the message itself.</summary>
    public int Length => _expected.Length;

    /// <summary>The frame that a client sends for this number; good until the next call.</summary>
    public ReadOnlySpan<byte> Write(long number)
    {
        var digits = _frame.AsSpan(_shape.Payload + _digits, Digits);
        number.TryFormat(digits, out _, "x16", CultureInfo.InvariantCulture);
        for (var i = 0; i < Digits; i++)
        {
            digits[i] ^= _frame[_shape.Mask + ((_digits + i) & 3)];
        }

        return _frame;
    }

    /// <summary>Throws when this is not the message with this number.</summary>
    public void Check(long number, ReadOnlySpan<byte> payload)
    {
        number.TryFormat(_expected, out _, "x16", CultureInfo.InvariantCulture);
        if (!payload.SequenceEqual(_expected))
        {
            throw new WrongAnswerException(
                $"Expected '{Encoding.ASCII.GetString(_expected)[..32]}…' of {_expected.Length} bytes, got {payload.Length} bytes: " +
                $"'{Encoding.ASCII.GetString(payload[..Math.Min(payload.Length, 32)])}…'.");
        }
    }
}
