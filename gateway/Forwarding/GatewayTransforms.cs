using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Forwarding;

/// <summary>What holds for every route, whatever its own transforms: the Host, the path's escapes, and no second set of forwarding headers.</summary>
internal sealed class GatewayTransforms : ITransformProvider
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
        context.AddResponseTransform(HandshakeAttempt.Judge);
    }

    /// <summary>The proxy decodes and encodes a path again, which makes %252f of %2f; unless a transform of the route changed it, it goes on as it came.</summary>
    private static ValueTask KeepPathAsWritten(RequestTransformContext context)
    {
        var http = context.HttpContext;
        if (context.ProxyRequest.RequestUri is null
            && context.Path == http.Request.Path
            && RawPath.TryGet(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, out var path))
        {
            var prefix = context.DestinationPrefix.AsSpan().TrimEnd('/');
            context.ProxyRequest.RequestUri = new Uri($"{prefix}{path}{context.Query.QueryString.Value}", in AsWritten);
        }

        return ValueTask.CompletedTask;
    }
}
