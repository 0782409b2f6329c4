using System.Text;
using Microsoft.AspNetCore.Routing.Patterns;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// The path of a <c>PathPattern</c>, whose parameters are filled in with what the client wrote at their places: escapes and a last slash are
/// kept.
/// </summary>
internal sealed class PathTemplate
{
    private readonly RoutePattern _pattern;
    private readonly bool _endsWithSlash;
    private readonly bool _endsWithParameter;

    /// <summary>Throws a RoutePatternException for a text that is no pattern.</summary>
    public PathTemplate(string pattern)
    {
        _pattern = RoutePatternFactory.Parse(pattern);
        _endsWithSlash = pattern.EndsWith('/');
        _endsWithParameter = _pattern.PathSegments is [.., { Parts: [.., { IsParameter: true }] }];
    }

    /// <summary>The path for a request that a route has matched.</summary>
    public string Fill(HttpContext context)
    {
        var path = new StringBuilder();
        foreach (var segment in _pattern.PathSegments)
        {
            // Only what is last may be missing: an optional parameter, or a catch-all that caught nothing.
            if (Fill(segment, context) is { } text)
            {
                path.Append('/').Append(text);
            }
        }

        var endsWithSlash = _endsWithSlash || (_endsWithParameter && RouteValueText.PathOf(context).EndsWith('/'));
        if (path.Length == 0 || (endsWithSlash && path[^1] != '/'))
        {
            path.Append('/');
        }

        return path.ToString();
    }

    /// <summary>Null when there is no value for a segment that is a parameter.</summary>
    private static string? Fill(RoutePatternPathSegment segment, HttpContext context)
    {
        var text = "";
        var separator = "";
        foreach (var part in segment.Parts)
        {
            var value = part switch
            {
                RoutePatternParameterPart parameter => ValueOf(parameter, context),
                RoutePatternLiteralPart literal => RawPath.Encode(literal.Content),
                _ => null,
            };
            if (value is null && segment.IsSimple)
            {
                return null;
            }

            // The dot of {name}.{extension?} goes with the extension.
            text = value is null ? text : text + separator + value;
            separator = part is RoutePatternSeparatorPart { Content: var content } ? content : "";
        }

        return text;
    }

    private static string? ValueOf(RoutePatternParameterPart parameter, HttpContext context)
    {
        var value = RouteValueText.Encoded(context, parameter.Name) ?? (parameter.Default is { } text ? RawPath.Encode($"{text}") : null);
        return parameter is { IsCatchAll: true, EncodeSlashes: true } ? value?.Replace("/", "%2F", StringComparison.Ordinal) : value;
    }
}
