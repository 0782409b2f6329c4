using Yarp.ReverseProxy.Transforms.Builder;
using YarpWs.Gateway.Content;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes;

namespace YarpWs.Gateway.Forwarding;

/// <summary>Keeps answers that lead on by X-Accel-Redirect from clients, where a route's AccelRedirects says so, for <see cref="AccelRedirect"/> to follow them.</summary>
internal sealed class AccelRedirects : ITransformProvider
{
    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        if (RouteSettings.Of(context.Route)?.AccelRedirects != true)
        {
            return;
        }

        context.ResponseTransforms.Add(new AnswerTransform(answer =>
        {
            if (answer.ProxyResponse is not null && !answer.HttpContext.IsHandshake() && answer.HttpContext.Response.Headers.Remove(AccelRedirect.Header, out var places) && places is [{ Length: > 0 } place])
            {
                answer.HttpContext.Features.Set(new AccelTarget(place));
                answer.SuppressResponseBody = true;
            }

            return ValueTask.CompletedTask;
        }));
    }
}
