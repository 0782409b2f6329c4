using System.Buffers;

namespace YarpWs.Gateway.Forwarding;

/// <summary>The path as the client wrote it, escapes and all.</summary>
internal static class RawPath
{
    private static readonly SearchValues<char> PathCharacters =
        SearchValues.Create("/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@%");

    /// <summary>
    /// The path of a request target, if it can be sent on as it is. A path with dot segments cannot, in whatever encoding they come: what
    /// was authorized is the normalised path, so that one has to be what is forwarded.
    /// </summary>
    public static bool TryGet(string rawTarget, out ReadOnlySpan<char> path)
    {
        path = PathOf(rawTarget);
        return path is ['/', ..] && !path.ContainsAnyExcept(PathCharacters) && !HasDotSegment(path);
    }

    private static ReadOnlySpan<char> PathOf(ReadOnlySpan<char> target)
    {
        // The absolute form, http://host/path?query.
        if (target is not ['/', ..] && target.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme)
        {
            var authority = target[(scheme + 3)..];
            var end = authority.IndexOfAny('/', '?');
            target = end < 0 ? default : authority[end..];
        }

        var query = target.IndexOf('?');
        return query < 0 ? target : target[..query];
    }

    private static bool HasDotSegment(ReadOnlySpan<char> path)
    {
        if (!path.Contains('.') && !path.Contains("%2e", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        // Backends that decode before they split see these as separators and dots as well.
        var decoded = path.ToString()
            .Replace("%2e", ".", StringComparison.OrdinalIgnoreCase)
            .Replace("%2f", "/", StringComparison.OrdinalIgnoreCase)
            .Replace("%5c", "/", StringComparison.OrdinalIgnoreCase);
        foreach (var segment in decoded.AsSpan().Split('/'))
        {
            if (decoded.AsSpan()[segment] is "." or "..")
            {
                return true;
            }
        }

        return false;
    }
}
