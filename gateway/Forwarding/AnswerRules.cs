using System.Net;
using Yarp.ReverseProxy.Transforms;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding;

/// <summary>What a destination may answer, and which of its headers cannot be passed on with some statuses.</summary>
internal static class AnswerRules
{
    /// <exception cref="HttpRequestException">The destination switches protocols, which it was not asked to: the client gets 502.</exception>
    public static ValueTask Apply(ResponseTransformContext context)
    {
        switch (context.ProxyResponse?.StatusCode)
        {
            case HttpStatusCode.SwitchingProtocols when !context.HttpContext.IsHandshake():
                throw new HttpRequestException("The destination answered 101 to a request that did not ask for another protocol.");
            case HttpStatusCode.SwitchingProtocols or HttpStatusCode.NoContent:
                // They have no content and must not say how long it is (RFC 9110, section 8.6).
                context.HttpContext.Response.Headers.ContentLength = null;
                context.HttpContext.Response.Headers.TransferEncoding = default;
                break;
            case HttpStatusCode.ResetContent:
                // It has no content either, and says so (RFC 9110, section 15.3.6).
                context.HttpContext.Response.Headers.ContentLength = 0;
                context.HttpContext.Response.Headers.TransferEncoding = default;
                context.SuppressResponseBody = true;
                break;
        }

        return ValueTask.CompletedTask;
    }
}
