using Yarp.ReverseProxy.Transforms;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding;

/// <summary>What a destination may answer, and which of its headers cannot be passed on with some statuses.</summary>
internal static class AnswerRules
{
    /// <inheritdoc cref="Apply(HttpContext, int)"/>
    public static ValueTask Apply(ResponseTransformContext context)
    {
        if (context.ProxyResponse is { } answer && !Apply(context.HttpContext, (int)answer.StatusCode))
        {
            context.SuppressResponseBody = true;
        }

        return ValueTask.CompletedTask;
    }

    /// <returns>Whether the answer's body is passed on.</returns>
    /// <exception cref="HttpRequestException">The destination switches protocols, which it was not asked to: the client gets 502.</exception>
    public static bool Apply(HttpContext context, int status)
    {
        switch (status)
        {
            case StatusCodes.Status101SwitchingProtocols when !context.IsHandshake():
                throw new HttpRequestException("The destination answered 101 to a request that did not ask for another protocol.");
            case StatusCodes.Status101SwitchingProtocols or StatusCodes.Status204NoContent:
                // They have no content and must not say how long it is (RFC 9110, section 8.6).
                context.Response.Headers.ContentLength = null;
                context.Response.Headers.TransferEncoding = default;
                return true;
            case StatusCodes.Status205ResetContent:
                // It has no content either, and says so (RFC 9110, section 15.3.6).
                context.Response.Headers.ContentLength = 0;
                context.Response.Headers.TransferEncoding = default;
                return false;
            default:
                return true;
        }
    }
}
