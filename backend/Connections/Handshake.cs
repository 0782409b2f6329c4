namespace YarpWs.Backend.Connections;

/// <summary>The client's opening handshake (RFC 6455 section 4.2.1), as far as the platform does not say what it misses.</summary>
internal static class Handshake
{
    private const string Version = "13";

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
}
