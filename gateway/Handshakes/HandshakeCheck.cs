using Microsoft.Net.Http.Headers;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Handshakes;

/// <summary>
/// Refuses a faulty handshake before anything else looks at it. The proxy would make a good one of it: a POST, a HEAD or an HTTP/1.0
/// request with upgrade headers reaches a backend as a GET. It fails at any other CONNECT.
/// </summary>
internal sealed class HandshakeCheck(RequestDelegate next)
{
    private const string Version = "13";

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var handshake = Handshake.Of(context);
        if (handshake is { IsExtendedConnect: true })
        {
            // Over HTTP/2 there is no key; the proxy sends one of its own to the backend and would add a client's to it.
            request.Headers.Remove(HeaderNames.SecWebSocketKey);
            return HasVersion(request) ? next(context) : RefuseVersionAsync(context);
        }

        if (HttpMethods.IsConnect(request.Method))
        {
            return Refusal.WriteAsync(context, StatusCodes.Status501NotImplemented, "The gateway opens WebSockets, and tunnels by an Upgrade of HTTP/1.1 alone.");
        }

        if (handshake is null)
        {
            return next(context);
        }

        return (Fault(request), HasVersion(request)) switch
        {
            ({ } fault, _) => RefuseAsync(context, fault),
            (_, false) => RefuseVersionAsync(context),
            _ => next(Normalised(context)),
        };
    }

    private static (int Status, string Reason)? Fault(HttpRequest request)
    {
        if (HttpProtocol.IsHttp10(request.Protocol))
        {
            return (StatusCodes.Status400BadRequest, "A WebSocket handshake needs HTTP/1.1.");
        }

        if (!HttpMethods.IsGet(request.Method))
        {
            return (StatusCodes.Status405MethodNotAllowed, "A WebSocket handshake is a GET.");
        }

        if (!request.Headers.GetCommaSeparatedValues(HeaderNames.Connection).Contains("upgrade", StringComparer.OrdinalIgnoreCase))
        {
            return (StatusCodes.Status400BadRequest, "The Connection header of a WebSocket handshake holds \"Upgrade\".");
        }

        return HasKey(request) ? null : (StatusCodes.Status400BadRequest, "A WebSocket handshake has one Sec-WebSocket-Key, the base64 of 16 bytes.");
    }

    private static bool HasVersion(HttpRequest request) => request.Headers.SecWebSocketVersion is [Version];

    private static bool HasKey(HttpRequest request)
    {
        Span<byte> key = stackalloc byte[18];
        return request.Headers.SecWebSocketKey is [{ Length: 24 } text] && Convert.TryFromBase64String(text, key, out var length) && length == 16;
    }

    /// <summary>A client may offer several protocols to upgrade to; the proxy knows a WebSocket only by this one word.</summary>
    private static HttpContext Normalised(HttpContext context)
    {
        context.Request.Headers.Upgrade = Handshake.WebSocket;
        return context;
    }

    private static Task RefuseAsync(HttpContext context, (int Status, string Reason) fault)
    {
        if (fault.Status == StatusCodes.Status405MethodNotAllowed)
        {
            context.Response.Headers.Allow = HttpMethods.Get;
        }

        return Refusal.WriteAsync(context, fault.Status, fault.Reason);
    }

    private static Task RefuseVersionAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.SecWebSocketVersion = Version;
        if (HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            // RFC 9110, section 15.5.22. Over HTTP/2 these are forbidden.
            headers.Upgrade = Handshake.WebSocket;
            headers.Connection = HeaderNames.Upgrade;
        }

        return Refusal.WriteAsync(context, StatusCodes.Status426UpgradeRequired, "The gateway speaks version 13 of the WebSocket protocol.");
    }
}
