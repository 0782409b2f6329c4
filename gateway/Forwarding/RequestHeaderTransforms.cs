using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes;

namespace YarpWs.Gateway.Forwarding;

/// <summary>Gives destinations the headers that a route's <c>RequestHeaders</c> names, over those of the client and of the gateway.</summary>
internal sealed class RequestHeaderTransforms : ITransformProvider
{
    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        foreach (var header in RouteSettings.Of(context.Route)?.RequestHeaders ?? [])
        {
            context.RequestTransforms.Add(new Header(header.Name!, RequestText.Parse(HeaderText.Of(header.Value!))));
        }
    }

    /// <summary>One of them.</summary>
    internal sealed class Header(string name, RequestText text) : RequestTransform
    {
        public string Name => name;

        public RequestText Text => text;

        public override ValueTask ApplyAsync(RequestTransformContext context)
        {
            RemoveHeader(context, name);
            if (text.Of(context.HttpContext) is { Length: > 0 } value)
            {
                AddHeader(context, name, value);
            }

            return ValueTask.CompletedTask;
        }
    }
}
