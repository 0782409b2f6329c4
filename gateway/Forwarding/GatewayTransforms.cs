using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;
using YarpWs.Gateway.Telemetry;

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

        context.AddRequestTransform(KeepPathAsWritten);
        trace.Apply(context);
    }

    /// <summary>
    /// The proxy decodes and encodes a path again, which makes %252f of %2f; unless a transform of the route changed it, it goes on as it
    /// came. A query always does: the proxy would make %2e%2e of it "..".
    /// </summary>
    private static ValueTask KeepPathAsWritten(RequestTransformContext context)
    {
        var http = context.HttpContext;
        if (context.ProxyRequest.RequestUri is null)
        {
            var isAsCame = context.Path == http.Request.Path;
            var address = isAsCame && RawPath.TryGet(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, out var path)
                ? $"{context.DestinationPrefix.AsSpan().TrimEnd('/')}{path}"
                : RequestUtilities.MakeDestinationAddress(context.DestinationPrefix, context.Path, QueryString.Empty).AbsoluteUri;
            context.ProxyRequest.RequestUri = new Uri(address + context.Query.QueryString.Value, in AsWritten);
        }

        return ValueTask.CompletedTask;
    }
}
