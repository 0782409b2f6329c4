using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Edge;

/// <summary>
/// Refuses a request target that holds anything but visible ASCII (RFC 3986), or a fragment. Kestrel takes control characters over
/// HTTP/1.1 and spaces over HTTP/2; a query goes on as it was written, where a space would end the target of the destination's request line.
/// </summary>
internal sealed class TargetCheck(RequestDelegate next)
{
    private static readonly SearchValues<char> Allowed =
        SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Where(character => character != '#')]);

    public Task InvokeAsync(HttpContext context) =>
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan().ContainsAnyExcept(Allowed)
            ? Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "A request target is visible ASCII without '#'; the rest is percent-encoded.")
            : next(context);
}
