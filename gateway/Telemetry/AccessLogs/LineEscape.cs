using System.Buffers;
using System.Globalization;
using System.Text;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Telemetry.AccessLogs;

/// <summary>Puts what clients and destinations wrote into the lines of a log, so that it cannot end its line, or the quotes around it.</summary>
internal static class LineEscape
{
    private static readonly SearchValues<char> Plain =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code).Except(['"', '\\'])]);

    private static readonly Encoding Utf8 = Encoding.UTF8;

    /// <summary>As nginx does: <c>\xHH</c> for each byte that is a quote, a backslash, a control or not ASCII; '-' where there is nothing.</summary>
    public static void Default(StringBuilder line, string value)
    {
        if (value.Length == 0)
        {
            line.Append('-');
            return;
        }

        if (!value.AsSpan().ContainsAnyExcept(Plain))
        {
            line.Append(value);
            return;
        }

        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in value.EnumerateRunes())
        {
            if (rune.Value <= '~' && Plain.Contains((char)rune.Value))
            {
                line.Append((char)rune.Value);
            }
            else if (rune.Value <= 0xFF)
            {
                // A header has a character for each byte.
                line.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:X2}");
            }
            else
            {
                foreach (var one in bytes[..rune.EncodeToUtf8(bytes)])
                {
                    line.Append(CultureInfo.InvariantCulture, $"\\x{one:X2}");
                }
            }
        }
    }

    /// <summary>As what stands between the quotes of a string of JSON, in which bytes that are UTF-8 are the characters that they mean.</summary>
    public static void Json(StringBuilder line, string value)
    {
        if (!value.AsSpan().ContainsAnyExcept(Plain))
        {
            line.Append(value);
            return;
        }

        foreach (var character in OfBytes(value))
        {
            if (ShortOf(character) is { } escape)
            {
                line.Append('\\').Append(escape);
            }
            else if (LogText.IsUnfit(character) || char.IsSurrogate(character))
            {
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                line.Append(character);
            }
        }
    }

    private static char? ShortOf(char character) => character switch
    {
        '"' or '\\' => character,
        '\b' => 'b',
        '\f' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        _ => null,
    };

    /// <summary>What bytes of a header mean; what is a text already, or means nothing in UTF-8, stays.</summary>
    private static string OfBytes(string value)
    {
        if (Ascii.IsValid(value) || value.AsSpan().ContainsAnyExceptInRange('\0', '\xFF'))
        {
            return value;
        }

        return Utf8.GetString(HeaderText.Encoding.GetBytes(value));
    }
}
