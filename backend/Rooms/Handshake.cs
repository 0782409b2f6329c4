using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using YarpWs.Platform.Transport;

namespace YarpWs.Backend.Rooms;

/// <summary>The opening handshake (RFC 6455 section 4.2, RFC 8441): what the platform does not say of a request, and the answer to a good one.</summary>
internal static class Handshake
{
    private const string Version = "13";

    /// <summary>Stands behind the client's key in what is hashed (RFC 6455 section 1.3).</summary>
    private const string KeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Why there can be no WebSocket; null when there can. Sets the headers that RFC 6455 and RFC 9110 ask of such an answer.</summary>
    public static Refusal? Check(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsConnect(request.Method))
        {
            context.Response.Headers.Allow = HttpMethods.Get;
            return new Refusal(StatusCodes.Status405MethodNotAllowed, "A WebSocket is opened with GET.");
        }

        if (request.Headers.SecWebSocketVersion is not [Version] && request.Headers.SecWebSocketVersion.Count > 0)
        {
            context.Response.Headers.SecWebSocketVersion = Version;
            context.Response.Headers.Upgrade = "websocket";
            context.Response.Headers.Connection = "Upgrade";
            return new Refusal(StatusCodes.Status426UpgradeRequired, "This server speaks version 13 of the WebSocket protocol.");
        }

        return context.WebSockets.IsWebSocketRequest
            ? null
            : new Refusal(StatusCodes.Status400BadRequest, "This address is for WebSockets; the request is no WebSocket handshake.");
    }

    /// <summary>Answers a request that <see cref="Check"/> has nothing against. From then on the stream carries frames; it belongs to the caller.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "RFC 6455 section 4.2.2 asks for SHA-1, as proof that the request was understood and no more.")]
    public static async Task<Stream> AcceptAsync(HttpContext context, string? subprotocol)
    {
        var headers = context.Response.Headers;
        if (subprotocol is not null)
        {
            headers.SecWebSocketProtocol = subprotocol;
        }

        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            return await Http2Sockets.AcceptAsync(context.Features, connect);
        }

        headers.Connection = "Upgrade";
        headers.Upgrade = "websocket";
        headers.SecWebSocketAccept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(context.Request.Headers.SecWebSocketKey.ToString() + KeySuffix)));
        var upgraded = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        return context.Features.Get<LoopConnection>()?.TakeStream() ?? upgraded;
    }
}
