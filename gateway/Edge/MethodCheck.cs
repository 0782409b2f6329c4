using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Edge;

/// <summary>
/// Refuses TRACE, as nginx does: its answer repeats the request (RFC 9110, section 9.3.8), with the token and the addresses that the gateway has put into it.
/// </summary>
internal sealed class MethodCheck(RequestDelegate next)
{
    private const string Allowed = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    public Task InvokeAsync(HttpContext context)
    {
        if (!HttpMethods.IsTrace(context.Request.Method))
        {
            return next(context);
        }

        context.Response.Headers.Allow = Allowed;
        return Refusal.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "The gateway takes no TRACE.");
    }
}
