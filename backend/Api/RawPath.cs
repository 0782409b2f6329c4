using Microsoft.AspNetCore.Http.Features;

namespace YarpWs.Backend.Api;

/// <summary>
/// Path segments as the client wrote them. The platform leaves <c>%2F</c> encoded in route values, so <c>a%2Fb</c> and
/// <c>a%252Fb</c> would name the same group; from the raw target each is decoded just once.
/// </summary>
internal static class RawPath
{
    /// <summary>The segment that many places after the first one called <paramref name="name"/>, percent-decoded; null when there is none.</summary>
    public static string? Segment(HttpContext context, string name, int distance)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = target.Split('?', 2)[0];
        var segments = path.Split('/');
        var index = Array.FindIndex(segments, segment => segment.Equals(name, StringComparison.OrdinalIgnoreCase));
        return index >= 0 && index + distance < segments.Length ? Uri.UnescapeDataString(segments[index + distance]) : null;
    }
}
