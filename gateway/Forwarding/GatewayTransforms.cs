using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Gateway.Telemetry;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding;

/// <summary>What holds for every route, whatever its own transforms: the Host, the path's escapes, and no second set of forwarding headers.</summary>
internal sealed class GatewayTransforms(TraceContext trace) : ITransformProvider
{
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        // ForwardingMiddleware has done it; these would overwrite the chain.
        context.UseDefaultForwarders = false;

        if (!context.RequestTransforms.Any(transform => transform is RequestHeaderOriginalHostTransform))
        {
            context.AddOriginalHost(useOriginal: true);
        }

        var changesPath = context.RequestTransforms.Any(transform => transform is RawPathTransform);
        if (changesPath)
        {
            context.RequestTransforms.Insert(0, new RawPathTransform(RawPathTransform.AsWritten));
        }

        context.RequestTransforms.Add(new Sending(changesPath));
        trace.Apply(context);
        if (context.Cluster is { } cluster && DestinationConnectionOptions.Read(cluster).ProxyProtocol is not ProxyProtocolVersion.None and var version)
        {
            context.AddRequestTransform(ProxiedConnections.Tell(version));
        }

        context.ResponseTransforms.Add(new AnswerTransform(AnswerRules.Apply));
        context.ResponseTrailersTransforms.Add(new UploadEnd());
    }

    /// <summary>The proxy would decode and encode the path again, and make ".." of the %2e%2e of a query.</summary>
    private static ValueTask Send(RequestTransformContext context, string path)
    {
        // The client is told to send by the gateway; the platform's client would wait a second for a destination that does not know Expect.
        if (context.HttpContext.Request.Headers.Expect.Count > 0)
        {
            context.ProxyRequest.Headers.Remove(HeaderNames.Expect);
        }

        if (context.ProxyRequest.Content is not null)
        {
            SentBody.Pass(context.HttpContext, context.ProxyRequest);
            context.ProxyRequest.Options.Set(UploadHandler.Client, context.HttpContext);
        }

        context.ProxyRequest.RequestUri ??= new Uri(string.Concat(context.DestinationPrefix.AsSpan().TrimEnd('/'), path, context.Query.QueryString.Value), in AsWritten);
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends a request on with its path.</summary>
    /// <param name="changesPath">Whether others before it have made the path; otherwise it is as the client wrote it.</param>
    internal sealed class Sending(bool changesPath) : RequestTransform
    {
        public override ValueTask ApplyAsync(RequestTransformContext context) => Send(context, changesPath ? context.Path.Value! : RawPathTransform.AsWritten(context.HttpContext));
    }

    /// <summary>Ends the answer to a request whose body is still being sent; nothing for one without.</summary>
    internal sealed class UploadEnd : ResponseTrailersTransform
    {
        public override ValueTask ApplyAsync(ResponseTrailersTransformContext context) => new(EarlyAnswer.EndAsync(context.HttpContext, context.ProxyResponse));
    }
}
