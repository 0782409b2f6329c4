using System.Buffers;
using System.Globalization;
using System.Text;

namespace YarpWs.Gateway.Edge;

/// <summary>Makes what a client wrote fit for a line of a log: no control characters that start a line of its own, and not without end.</summary>
internal static class LogText
{
    private const int MaxLength = 512;

    private static readonly SearchValues<char> Unfit =
        SearchValues.Create([.. Enumerable.Range(0, char.MaxValue).Select(code => (char)code).Where(IsUnfit)]);

    public static string Escape(string text) => IsFit(text) ? text : Escape(text.AsSpan());

    public static string Escape(ReadOnlySpan<char> text)
    {
        if (IsFit(text))
        {
            return text.ToString();
        }

        var shown = text.Length > MaxLength ? text[..MaxLength] : text;
        var escaped = new StringBuilder(shown.Length);
        foreach (var character in shown)
        {
            if (IsUnfit(character))
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

    private static bool IsFit(ReadOnlySpan<char> text) => text.Length <= MaxLength && !text.ContainsAny(Unfit);

    private static bool IsUnfit(char character) => char.IsControl(character) || character is '\u2028' or '\u2029';
}
