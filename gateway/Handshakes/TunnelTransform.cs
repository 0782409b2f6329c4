using System.Net;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Handshakes;

/// <summary>
/// Asks destinations for the protocol of a tunnel, and holds them to it: who switches has to say to what (RFC 9110, section 7.8).
/// </summary>
internal sealed class TunnelTransform : ITransformProvider
{
    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        context.RequestTransforms.Add(new HandshakeRequestTransform(Ask));
        context.ResponseTransforms.Add(new HandshakeAnswerTransform(Judge));
    }

    private static ValueTask Ask(RequestTransformContext context)
    {
        if (Handshake.Of(context.HttpContext) is { IsTunnel: true, Protocol: var protocol })
        {
            var request = context.ProxyRequest;
            (request.Version, request.VersionPolicy) = (HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact);
            request.Headers.TryAddWithoutValidation(HeaderNames.Connection, HeaderNames.Upgrade);
            request.Headers.TryAddWithoutValidation(HeaderNames.Upgrade, protocol);
        }

        return ValueTask.CompletedTask;
    }

    /// <exception cref="HttpRequestException">The destination switches to another protocol: the client gets 502.</exception>
    private static ValueTask Judge(ResponseTransformContext context)
    {
        if (context.ProxyResponse is { StatusCode: HttpStatusCode.SwitchingProtocols } answer && Handshake.Of(context.HttpContext) is { IsTunnel: true, Protocol: var asked })
        {
            var switched = answer.Headers.NonValidated.TryGetValues(HeaderNames.Upgrade, out var values) && values.Count == 1 ? values.ToString() : null;
            if (!asked.Equals(switched, StringComparison.OrdinalIgnoreCase))
            {
                throw new HttpRequestException($"The destination was asked for {asked} and switched to something else.");
            }

            // The forwarder passes it on beside a Connection that names it, which some destinations leave out.
            context.HttpContext.Response.Headers.Upgrade = switched;
        }

        return ValueTask.CompletedTask;
    }
}
