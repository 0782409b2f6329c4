using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing.Patterns;

namespace YarpWs.Gateway.Requests;

/// <summary>
/// What the client wrote at the place of a route's parameter. The route values of the platform are decoded but for <c>%2F</c>, and so cannot
/// tell it from <c>%252F</c>.
/// </summary>
internal static class RouteValueText
{
    /// <summary>The path that routes were matched with, in the client's escapes.</summary>
    public static string PathOf(HttpContext context) => RawPath.Resolve(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);

    /// <summary>The value, percent-encoded; null when the parameter has none.</summary>
    public static string? Encoded(HttpContext context, string name)
    {
        if (context.GetEndpoint() is RouteEndpoint { RoutePattern: var pattern })
        {
            var segments = pattern.PathSegments;
            for (var index = 0; index < segments.Count; index++)
            {
                if (segments[index] is { IsSimple: true, Parts: [RoutePatternParameterPart parameter] } && parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return At(PathOf(context), index, parameter.IsCatchAll) ?? EncodedDefault(context, name);
                }
            }
        }

        return EncodedDefault(context, name);
    }

    /// <summary>The value as text; null when the parameter has none.</summary>
    public static string? Decoded(HttpContext context, string name) => Encoded(context, name) is { } value ? Uri.UnescapeDataString(value) : null;

    /// <summary>A part of a segment, or a value that did not come with the path.</summary>
    private static string? EncodedDefault(HttpContext context, string name) => context.Request.RouteValues.TryGetValue(name, out var value) && value is not null
        ? Uri.EscapeDataString($"{value}").Replace("%252F", "%2F", StringComparison.OrdinalIgnoreCase)
        : null;

    /// <summary>A segment, or all from it on; null when the path is shorter.</summary>
    private static string? At(string path, int index, bool isRest)
    {
        var rest = path.AsSpan();
        for (var passed = 0; passed <= index; passed++)
        {
            var slash = rest.IndexOf('/');
            if (slash < 0)
            {
                return null;
            }

            rest = rest[(slash + 1)..];
        }

        var end = isRest ? -1 : rest.IndexOf('/');
        var value = end < 0 ? rest : rest[..end];
        return value.IsEmpty && !isRest ? null : value.ToString();
    }
}
