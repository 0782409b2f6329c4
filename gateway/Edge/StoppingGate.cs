using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Net.Http.Headers;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Edge;

/// <summary>
/// Lets nothing new in once the gateway stops: a connection is ended as it comes, so that the balancer in front takes another
/// gateway, and a request on one that is open is answered 503, or refused over HTTP/2, so that its client may send it again wherever it likes (RFC 9113, section 8.7).
/// What is being answered may finish.
/// </summary>
internal sealed class StoppingGate(RequestDelegate next, StopState state)
{
    /// <summary>REFUSED_STREAM over HTTP/2; over HTTP/3 H3_REQUEST_REJECTED says the same (RFC 9114, section 8.1).</summary>
    private const int RefusedStream = 0x7, RequestRejected = 0x10B;

    public Task InvokeAsync(HttpContext context)
    {
        if (!state.IsClosed)
        {
            return next(context);
        }

        if (context.Features.Get<IHttpResetFeature>() is { } stream)
        {
            Refusal.Mark(context, StatusCodes.Status503ServiceUnavailable, RefusalReason.Stopping);
            stream.Reset(HttpProtocol.IsHttp3(context.Request.Protocol) ? RequestRejected : RefusedStream);
            return Task.CompletedTask;
        }

        context.Response.Headers.RetryAfter = "1";
        if (HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            context.Response.Headers[HeaderNames.Connection] = "close";
        }

        return Refusal.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The gateway stops; come back, to another one.", RefusalReason.Stopping);
    }

    public static void Guard(ListenOptions listener, StopState state, ClientConnections connections) => listener.Use(next => connection =>
    {
        if (!state.IsClosed)
        {
            return connections.ServeAsync(connection, next);
        }

        connection.Abort();
        return Task.CompletedTask;
    });
}
