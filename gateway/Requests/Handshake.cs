using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace YarpWs.Gateway.Requests;

/// <summary>
/// The mark of a request that asks for a WebSocket, over HTTP/1.1 or over HTTP/2 (RFC 8441), set as the request comes in, also where the handshake
/// will be refused; or for another protocol that its route names (<see cref="RouteUpgrades"/>), set when the route is known. Whatever comes later
/// asks <see cref="HandshakeMark.IsHandshake"/>.
/// </summary>
/// <param name="StartedAt">When it came in: a timestamp of the <see cref="TimeProvider"/>.</param>
/// <param name="IsExtendedConnect">Whether it is a CONNECT of HTTP/2 and not an upgrade of HTTP/1.1.</param>
/// <param name="Protocol">What it asks for, as the client writes it.</param>
internal sealed record Handshake(long StartedAt, bool IsExtendedConnect, string Protocol = Handshake.WebSocket)
{
    public const string WebSocket = "websocket";

    /// <summary>Whether it asks for a tunnel: any protocol but WebSocket, whose bytes are nobody's business.</summary>
    public bool IsTunnel => Protocol != WebSocket;

    /// <summary>Sets the mark; null, and no mark, for a plain request.</summary>
    public static Handshake? Recognize(HttpContext context, TimeProvider time)
    {
        var request = context.Request;
        if (!MayBe(request))
        {
            return null;
        }

        var isConnect = context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: { } protocol }
            && WebSocket.Equals(protocol, StringComparison.OrdinalIgnoreCase);
        if (!isConnect && !request.Headers.GetCommaSeparatedValues(HeaderNames.Upgrade).Contains(WebSocket, StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        var handshake = new Handshake(time.GetTimestamp(), isConnect);
        context.Features.Set(handshake);
        return handshake;
    }

    /// <summary>The mark; null for a plain request.</summary>
    public static Handshake? Of(HttpContext context) => MayBe(context.Request) ? context.Features.Get<Handshake>() : null;

    /// <summary>Most requests are none, and features cost more to look up than these two.</summary>
    private static bool MayBe(HttpRequest request) => request.Headers.Upgrade.Count > 0 || HttpMethods.IsConnect(request.Method);
}

internal static class HandshakeMark
{
    public static bool IsHandshake(this HttpContext context) => Handshake.Of(context) is not null;
}
