using System.Text;

namespace YarpWs.Gateway.Requests;

/// <summary>
/// How header values stand in strings: a character for each byte, so that bytes beyond ASCII go through as they came (RFC 9110, section 5.5:
/// they are opaque).
/// </summary>
internal static class HeaderText
{
    /// <summary>Reads and writes a byte as the character of the same number, in both directions.</summary>
    public static readonly Encoding Encoding = Encoding.Latin1;

    /// <summary>The string that stands for a text of the gateway's own, which goes out as UTF-8.</summary>
    public static string Of(string text) => Ascii.IsValid(text) ? text : Encoding.GetString(Encoding.UTF8.GetBytes(text));
}
