using System.Text.Unicode;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing.Patterns;

namespace YarpWs.Backend.Api;

/// <summary>
/// A path is what is written. Routing passes over the case of letters, resolves dot segments before it looks, and leaves a faulty percent-escape as it stands; so
/// <c>/WS/./start/R</c> would be another name of a room, and two rooms or groups could have the same.
/// </summary>
internal sealed class ExactPath(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var segments = SegmentsOf(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        if (segments.Any(segment => !IsWellEscaped(segment)))
        {
            return ApiError.BadRequest("path", "A percent-escape in the path is not UTF-8.").ExecuteAsync(context);
        }

        return context.GetEndpoint() is RouteEndpoint { RoutePattern: var pattern } && !Matches(pattern, segments)
            ? ApiError.NotFound().ExecuteAsync(context)
            : next(context);
    }

    /// <summary>Of the origin form, or of the absolute form (RFC 9112, section 3.2); a slash at the end begins no segment.</summary>
    private static string[] SegmentsOf(string target)
    {
        var path = target.Split('?', 2)[0];
        if (path.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme)
        {
            var start = path.IndexOf('/', scheme + 3);
            path = start < 0 ? "/" : path[start..];
        }

        return path.Trim('/') is { Length: > 0 } inner ? inner.Split('/') : [];
    }

    private static bool Matches(RoutePattern pattern, string[] segments)
    {
        var parts = pattern.PathSegments;
        if (segments.Length > parts.Count && pattern.Parameters is not [.., { IsCatchAll: true }])
        {
            return false;
        }

        for (var i = 0; i < parts.Count && i < segments.Length; i++)
        {
            if (parts[i].IsSimple && parts[i].Parts[0] is RoutePatternLiteralPart literal && Uri.UnescapeDataString(segments[i]) != literal.Content)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsWellEscaped(string segment)
    {
        if (!segment.Contains('%', StringComparison.Ordinal))
        {
            return true;
        }

        var bytes = new byte[segment.Length];
        var count = 0;
        for (var i = 0; i < segment.Length; i++)
        {
            if (segment[i] != '%')
            {
                bytes[count++] = segment[i] < 0x80 ? (byte)segment[i] : (byte)'_';
            }
            else if (i + 2 < segment.Length && Convert.FromHexString(segment.AsSpan(i + 1, 2), bytes.AsSpan(count), out _, out var written) == System.Buffers.OperationStatus.Done)
            {
                count += written;
                i += 2;
            }
            else
            {
                return false;
            }
        }

        return Utf8.IsValid(bytes.AsSpan(0, count));
    }
}
