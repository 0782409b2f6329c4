using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace YarpWs.Gateway.Requests;

/// <summary>
/// What the lines of the access log say of a request. What a client wrote is made fit for a line: no control characters that start a line of its
/// own, none that turn a line around, and not without end.
/// </summary>
internal static class LogText
{
    /// <summary>What stands where there is nothing to say, as in every access log.</summary>
    public const string Unknown = "-";

    /// <summary>The category of the access log.</summary>
    public const string AccessCategory = "YarpWs.Gateway.Access";

    private const int MaxLength = 512;

    private static readonly SearchValues<char> Unfit =
        SearchValues.Create([.. Enumerable.Range(0, char.MaxValue).Select(code => (char)code).Where(IsUnfit)]);

    /// <summary>The trace of the request that is being answered.</summary>
    public static string TraceId => Activity.Current?.TraceId.ToHexString() ?? Unknown;

    /// <summary>The request's path as the client wrote it, without the query, where tokens stand.</summary>
    public static string PathOf(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? Escape(target) : Escape(target.AsSpan(0, query));
    }

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

    /// <summary>Controls, ends of lines, and what has a terminal show the rest of a line in another order (UAX #9, section 2).</summary>
    public static bool IsUnfit(char character) => char.IsControl(character) || character is '\u2028' or '\u2029'
        or '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
