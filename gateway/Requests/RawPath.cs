using System.Buffers;
using System.Globalization;
using System.Text;

namespace YarpWs.Gateway.Requests;

/// <summary>
/// The path of a request as the client wrote it, escapes and all. The server decodes paths for routing; encoding them again would make
/// <c>%252F</c> of <c>%2F</c>, so destinations get this one.
/// </summary>
internal static class RawPath
{
    /// <summary>What may stand in a path (RFC 3986, section 3.3), and the percent sign of an escape.</summary>
    private static readonly SearchValues<char> PathCharacters =
        SearchValues.Create("/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@%");

    /// <summary>Without one of these, a segment is what it looks like.</summary>
    private static readonly SearchValues<char> Disguises = SearchValues.Create("%;\\");

    /// <summary>
    /// What was authorized is the path with its dot segments resolved, so that one is what destinations get; nothing else of it is changed,
    /// but for characters that no path may hold, which are percent-encoded.
    /// </summary>
    /// <param name="rawTarget">The request target, in any form.</param>
    public static string Resolve(string rawTarget)
    {
        var path = Of(rawTarget);
        return Encode(HasDotSegment(path) ? RemoveDotSegments(path) : path.SequenceEqual(rawTarget) ? rawTarget : path.ToString());
    }

    /// <summary>The path of a request target, "/" where it has none: <c>*</c>, or the absolute form without one.</summary>
    public static ReadOnlySpan<char> Of(ReadOnlySpan<char> target)
    {
        // The absolute form, http://host/path?query.
        if (target is not ['/', ..] && target.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme)
        {
            var authority = target[(scheme + 3)..];
            var end = authority.IndexOfAny('/', '?');
            target = end < 0 ? default : authority[end..];
        }

        var query = target.IndexOf('?');
        var path = query < 0 ? target : target[..query];
        return path is ['/', ..] ? path : "/";
    }

    /// <summary>
    /// Whether a segment is <c>.</c> or <c>..</c> for a destination that decodes <c>%2F</c>, takes a backslash for a slash, or cuts parameters
    /// behind <c>;</c> off, as many do: it would see another path than the one that was authorized.
    /// </summary>
    public static bool HasDisguisedDotSegment(ReadOnlySpan<char> path)
    {
        if (!path.ContainsAny(Disguises) || !MayHaveDot(path))
        {
            return false;
        }

        foreach (var range in path.Split('/'))
        {
            var segment = path[range];
            if (segment.ContainsAny(Disguises) && !IsDotSegment(segment) && HoldsDotSegment(segment))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The same of a path with a query, in which all stays but what would end the line of a request: spaces, controls, and what is not ASCII. A character up to 255 is a byte of a header.</summary>
    public static string EncodeTarget(string target)
    {
        var question = target.IndexOf('?', StringComparison.Ordinal);
        if (question < 0)
        {
            return Encode(target);
        }

        var query = target.AsSpan(question);
        return query.ContainsAnyExceptInRange('!', '~') ? Encode(target[..question]) + EncodeQuery(query) : Encode(target[..question]) + query.ToString();
    }

    /// <summary>Percent-encodes what no path may hold, and a percent sign without its two digits is left as it is: nothing is encoded twice.</summary>
    public static string Encode(string path)
    {
        if (!path.AsSpan().ContainsAnyExcept(PathCharacters))
        {
            return path;
        }

        var encoded = new StringBuilder(path.Length + 16);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in path.EnumerateRunes())
        {
            if (rune.IsAscii && PathCharacters.Contains((char)rune.Value))
            {
                encoded.Append((char)rune.Value);
                continue;
            }

            foreach (var code in bytes[..rune.EncodeToUtf8(bytes)])
            {
                encoded.Append(CultureInfo.InvariantCulture, $"%{code:X2}");
            }
        }

        return encoded.ToString();
    }

    private static string EncodeQuery(ReadOnlySpan<char> query)
    {
        var encoded = new StringBuilder(query.Length + 16);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in query.EnumerateRunes())
        {
            if (rune.Value is >= '!' and <= '~')
            {
                encoded.Append((char)rune.Value);
                continue;
            }

            bytes[0] = (byte)rune.Value;
            foreach (var code in bytes[..(rune.Value <= byte.MaxValue ? 1 : rune.EncodeToUtf8(bytes))])
            {
                encoded.Append(CultureInfo.InvariantCulture, $"%{code:X2}");
            }
        }

        return encoded.ToString();
    }

    private static bool MayHaveDot(ReadOnlySpan<char> path) => path.Contains('.') || path.Contains("%2e", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a segment is <c>.</c> or <c>..</c> for the server that decodes it.</summary>
    private static bool IsDotSegment(ReadOnlySpan<char> segment)
    {
        var dots = 0;
        while (!segment.IsEmpty)
        {
            var length = segment is ['.', ..] ? 1 : segment is ['%', '2', 'e' or 'E', ..] ? 3 : 0;
            if (length == 0 || ++dots > 2)
            {
                return false;
            }

            segment = segment[length..];
        }

        return dots > 0;
    }

    private static bool HoldsDotSegment(ReadOnlySpan<char> segment)
    {
        var decoded = segment.ToString()
            .Replace("%2e", ".", StringComparison.OrdinalIgnoreCase)
            .Replace("%2f", "/", StringComparison.OrdinalIgnoreCase)
            .Replace("%5c", "/", StringComparison.OrdinalIgnoreCase)
            .Replace("%3b", ";", StringComparison.OrdinalIgnoreCase)
            .Replace('\\', '/')
            .AsSpan();
        foreach (var range in decoded.Split('/'))
        {
            var part = decoded[range];
            var parameters = part.IndexOf(';');
            if ((parameters < 0 ? part : part[..parameters]) is "." or "..")
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasDotSegment(ReadOnlySpan<char> path)
    {
        if (!MayHaveDot(path))
        {
            return false;
        }

        foreach (var range in path.Split('/'))
        {
            if (IsDotSegment(path[range]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>RFC 3986, section 5.2.4. The last segment, when it is one of these, leaves a slash behind.</summary>
    private static string RemoveDotSegments(ReadOnlySpan<char> path)
    {
        var kept = new StringBuilder(path.Length);
        var isLast = false;
        for (var rest = path[1..]; !isLast;)
        {
            var slash = rest.IndexOf('/');
            isLast = slash < 0;
            var segment = isLast ? rest : rest[..slash];
            rest = isLast ? default : rest[(slash + 1)..];
            if (!IsDotSegment(segment))
            {
                kept.Append('/').Append(segment);
                continue;
            }

            // Two dots: "..", ".%2e" or "%2e%2e". One is 1 or 3 characters long.
            if (segment.Length % 2 == 0)
            {
                var previous = kept.Length - 1;
                while (previous > 0 && kept[previous] != '/')
                {
                    previous--;
                }

                kept.Length = Math.Max(previous, 0);
            }

            if (isLast)
            {
                kept.Append('/');
            }
        }

        return kept.ToString();
    }
}
