using System.Text;

namespace YarpWs.Gateway.Edge;

/// <summary>
/// How Kestrel is to read a Content-Length: RFC 9110 allows digits and nothing else. Kestrel itself parses an integer and takes "+5" for
/// 5, where a proxy in front may have seen no length at all. What is no digit becomes a character that no number holds, and so a 400.
/// </summary>
internal sealed class DigitsOnly : ASCIIEncoding
{
    private const char NoDigit = 'x';

    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        // Kestrel makes room for a number that is too large already, and refuses what fills it.
        var length = Math.Min(bytes.Length, chars.Length);
        for (var i = 0; i < length; i++)
        {
            chars[i] = char.IsAsciiDigit((char)bytes[i]) ? (char)bytes[i] : NoDigit;
        }

        return length;
    }
}
