using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Net.Http.Headers;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Edge;

/// <summary>
/// Lets nothing new in once the gateway stops: a connection is ended as it comes, so that the balancer in front takes another
/// gateway, and a request on one that is open is answered 503. What is being answered may finish.
/// </summary>
internal sealed class StoppingGate(RequestDelegate next, StopState state)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (!state.IsClosed)
        {
            return next(context);
        }

        context.Response.Headers.RetryAfter = "1";
        if (HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            context.Response.Headers[HeaderNames.Connection] = "close";
        }

        return Refusal.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The gateway stops; come back, to another one.", RefusalReason.Stopping);
    }

    public static void Guard(ListenOptions listener, StopState state) => listener.Use(next => connection =>
    {
        if (!state.IsClosed)
        {
            return next(connection);
        }

        connection.Abort();
        return Task.CompletedTask;
    });
}
