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
    private readonly byte[] _expected;
    private readonly FrameShape _shape;

    /// <param name="bytes">Its size, at least 32.</param>
    /// <param name="sender">Stands in every message, so that none can be taken for another socket's.</param>
    public NumberedMessage(int bytes, int sender)
    {
        _expected = Encoding.ASCII.GetBytes($"{0:x16} {sender:x8} ".PadRight(bytes, 'm'));
        _frame = Frames.FromClient(Opcode.Text, _expected);
        FrameShape.TryRead(_frame, out _shape);
    }

    /// <summary>The frame that a client sends for this number; good until the next call.</summary>
    public ReadOnlySpan<byte> Write(long number)
    {
        var digits = _frame.AsSpan(_shape.Payload, Digits);
        number.TryFormat(digits, out _, "x16", CultureInfo.InvariantCulture);
        Frames.Apply(_frame.AsSpan(_shape.Mask, 4), digits);
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
