using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Edge;

/// <summary>Writes the line of a request, and counts the handshake that did not become a socket.</summary>
internal sealed class AccessLogMiddleware(RequestDelegate next, AccessLog accessLog, GatewayMetrics metrics, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var start = time.GetTimestamp();
        var isHandshake = Handshake.IsAskedFor(context);
        if (isHandshake)
        {
            context.Features.Set(new HandshakeStart(start));
        }

        try
        {
            await next(context);
        }
        finally
        {
            // A socket has had its own two lines.
            if (context.Features.Get<LiveSocket>() is null)
            {
                var duration = time.GetElapsedTime(start);
                accessLog.Answered(context, duration);
                if (isHandshake)
                {
                    metrics.HandshakeRefused(context.Response.StatusCode, Refusal.ReasonOf(context), duration);
                }
            }
        }
    }
}
