using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace YarpWs.Gateway.Requests;

/// <summary>
/// The path of a request as nginx matches it against locations: escapes are decoded, <c>%2F</c> as well, slashes that follow each other are one, and
/// dot segments are resolved. A character for each byte of it, as in headers (<see cref="HeaderText"/>).
/// </summary>
internal static class NormalizedPath
{
    /// <summary>What a path is sent with as it is; nginx percent-encodes all else.</summary>
    private static readonly SearchValues<char> Unescaped = SearchValues.Create(
        [.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Except("\"#%<>?\\^`{|}")]);

    public static string Of(HttpContext context) => Of(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);

    /// <param name="target">A request target in any form. An escape that is none is taken letter by letter.</param>
    public static string Of(string target)
    {
        var raw = RawPath.Of(target);
        if (!raw.ContainsAny('%', '.') && raw.IndexOf("//", StringComparison.Ordinal) < 0)
        {
            return raw.Length == target.Length ? target : raw.ToString();
        }

        // Decoded first, so that an escaped dot or slash is one like any other.
        var decoded = Decode(raw);
        var path = new StringBuilder(decoded.Length);
        var start = 0;
        while (start < decoded.Length)
        {
            // decoded[start] is a slash.
            var end = decoded.IndexOf('/', start + 1) is >= 0 and var next ? next : decoded.Length;
            var segment = decoded.AsSpan(start + 1, end - start - 1);
            var isLast = end == decoded.Length;
            if (segment is "..")
            {
                var parent = path.Length - 1;
                while (parent > 0 && path[parent] != '/')
                {
                    parent--;
                }

                path.Length = Math.Max(parent, 0);
            }

            if (segment is not ("." or "..") && (segment.Length > 0 || isLast))
            {
                path.Append('/').Append(segment);
            }
            else if (isLast)
            {
                path.Append('/');
            }

            start = end;
        }

        return path.Length == 0 ? "/" : path.ToString();
    }

    /// <summary>Whether a path climbs above the root by its dot segments, which nginx refuses.</summary>
    public static bool LeavesRoot(string target)
    {
        var raw = RawPath.Of(target);
        if (!raw.ContainsAny('%', '.'))
        {
            return false;
        }

        var depth = 0;
        var decoded = Decode(raw);
        foreach (var range in decoded.AsSpan().Split('/'))
        {
            depth += decoded.AsSpan()[range] switch { "" or "." => 0, ".." => -1, _ => 1 };
            if (depth < 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A text of the settings as such paths are written: its UTF-8, a character for each byte.</summary>
    public static string FromText(string text) => HeaderText.Of(text);

    /// <summary>Percent-encodes what nginx does when it sends a path that it has changed.</summary>
    public static string Encode(ReadOnlySpan<char> path)
    {
        if (!path.ContainsAnyExcept(Unescaped))
        {
            return path.ToString();
        }

        var encoded = new StringBuilder(path.Length + 16);
        foreach (var character in path)
        {
            if (Unescaped.Contains(character))
            {
                encoded.Append(character);
            }
            else
            {
                encoded.Append(CultureInfo.InvariantCulture, $"%{(int)character:X2}");
            }
        }

        return encoded.ToString();
    }

    private static string Decode(ReadOnlySpan<char> raw)
    {
        var decoded = new StringBuilder(raw.Length);
        for (var index = 0; index < raw.Length; index++)
        {
            if (raw[index] == '%' && index + 2 < raw.Length && char.IsAsciiHexDigit(raw[index + 1]) && char.IsAsciiHexDigit(raw[index + 2]))
            {
                decoded.Append((char)int.Parse(raw.Slice(index + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                index += 2;
            }
            else
            {
                decoded.Append(raw[index]);
            }
        }

        return decoded.ToString();
    }
}
