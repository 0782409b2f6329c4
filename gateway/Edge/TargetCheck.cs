using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Edge;

/// <summary>
/// Refuses a request line that could be read in two ways: a method that is a known one but for its case, a target that holds anything but
/// visible ASCII (RFC 3986) or a fragment, and a path with dot segments in disguise.
/// </summary>
/// <remarks>
/// Methods are case-sensitive (RFC 9110, section 9.1), and the platform compares them without regard to case. Kestrel takes control characters
/// over HTTP/1.1 and spaces over HTTP/2; a query goes on as it was written, where a space would end the target of the destination's request
/// line. Bytes beyond ASCII are refused by Kestrel itself over HTTP/1.1: a client percent-encodes them.
/// </remarks>
internal sealed class TargetCheck(RequestDelegate next)
{
    private static readonly SearchValues<char> Allowed =
        SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Where(character => character != '#')]);

    public Task InvokeAsync(HttpContext context)
    {
        var method = context.Request.Method;
        if (method.AsSpan().ContainsAnyInRange('a', 'z') && !HttpMethods.GetCanonicalizedValue(method).Equals(method, StringComparison.Ordinal))
        {
            return Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, $"Methods are case-sensitive: {HttpMethods.GetCanonicalizedValue(method)}.");
        }

        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.AsSpan().ContainsAnyExcept(Allowed))
        {
            return Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "A request target is visible ASCII without '#'; the rest is percent-encoded.");
        }

        return RawPath.HasDisguisedDotSegment(RawPath.Of(target))
            ? Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "A path holds no '.' or '..' beside ';', '\\', %2F or %5C: some would take it for a segment.")
            : next(context);
    }
}
