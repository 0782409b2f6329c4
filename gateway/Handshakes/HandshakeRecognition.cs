using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Telemetry;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Handshakes;

/// <summary>Marks the requests that ask for a WebSocket, and counts those of them that did not become one.</summary>
internal sealed class HandshakeRecognition(RequestDelegate next, GatewayMetrics metrics, TimeProvider time)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (Handshake.Recognize(context, time) is not { } handshake)
        {
            return next(context);
        }

        context.Features.Get<LoopConnection>()?.CloseAtEnd();
        return CountAsync(context, handshake, next, metrics, time);
    }

    /// <summary>Takes a handshake further, and counts it unless a socket comes of it.</summary>
    public static async Task CountAsync(HttpContext context, Handshake handshake, RequestDelegate next, GatewayMetrics metrics, TimeProvider time)
    {
        try
        {
            await next(context);
        }
        finally
        {
            if (context.Features.Get<LiveSocket>() is null)
            {
                metrics.HandshakeRefused(context.Response.StatusCode, Refusal.ReasonOf(context), time.GetElapsedTime(handshake.StartedAt));
            }
        }
    }
}
