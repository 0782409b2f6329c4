using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace YarpWs.Gateway.Sockets;

/// <summary>Tells a WebSocket handshake from a plain request, over HTTP/1.1 and over HTTP/2 (RFC 8441).</summary>
internal static class Handshake
{
    public const string WebSocket = "websocket";

    public static bool Is(HttpContext context) => MayBe(context.Request) && (IsUpgrade(context) || IsExtendedConnect(context));

    /// <summary>Whether a WebSocket is asked for at all, be it in a way that will be refused.</summary>
    public static bool IsAskedFor(HttpContext context) => MayBe(context.Request)
        && (context.Request.Headers.GetCommaSeparatedValues(HeaderNames.Upgrade).Contains(WebSocket, StringComparer.OrdinalIgnoreCase) || IsExtendedConnect(context));

    /// <summary>Many ask it of every request, and most requests are none; features cost more to look up.</summary>
    private static bool MayBe(HttpRequest request) => request.Headers.Upgrade.Count > 0 || HttpMethods.IsConnect(request.Method);

    private static bool IsUpgrade(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
        && context.Request.Headers.Upgrade.ToString().Equals(WebSocket, StringComparison.OrdinalIgnoreCase);

    public static bool IsExtendedConnect(HttpContext context) =>
        context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect
        && WebSocket.Equals(connect.Protocol, StringComparison.OrdinalIgnoreCase);
}
