using Microsoft.AspNetCore.Http.Features;

namespace YarpWs.Gateway.Edge;

/// <summary>
/// Has the server read away a body that nobody wanted, as it does within a few seconds, whatever its size: one over the limit it would not
/// touch, and the connection, closed with bytes unread, would be reset before the client has read why it was refused (RFC 9112, section 9.6).
/// </summary>
internal sealed class UnreadBodies(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { } size
            ? AnswerAsync(context, size)
            : next(context);

    private async Task AnswerAsync(HttpContext context, IHttpMaxRequestBodySizeFeature size)
    {
        await next(context);
        if (!size.IsReadOnly)
        {
            size.MaxRequestBodySize = null;
        }
    }
}
