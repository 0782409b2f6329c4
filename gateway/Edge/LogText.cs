using System.Globalization;
using System.Text;

namespace YarpWs.Gateway.Edge;

/// <summary>Makes what a client wrote fit for a line of a log: no control characters that start a line of its own, and not without end.</summary>
internal static class LogText
{
    private const int MaxLength = 512;

    public static string Escape(ReadOnlySpan<char> text)
    {
        var shown = text.Length > MaxLength ? text[..MaxLength] : text;
        var escaped = new StringBuilder(shown.Length);
        foreach (var character in shown)
        {
            if (char.IsControl(character) || character is '\u2028' or '\u2029')
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                escaped.Append(character);
            }
        }

        return (text.Length > MaxLength ? escaped.Append('…') : escaped).ToString();
    }
}
