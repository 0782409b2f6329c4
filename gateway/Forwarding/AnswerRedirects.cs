using Yarp.ReverseProxy.Transforms.Builder;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes;

namespace YarpWs.Gateway.Forwarding;

/// <summary>Changes where destinations lead clients, as a route's <c>Redirects</c> say: a destination may know itself by an address that clients cannot reach.</summary>
internal sealed class AnswerRedirects : ITransformProvider
{
    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        if (RouteSettings.Of(context.Route)?.Redirects is not { Count: > 0 } redirects)
        {
            return;
        }

        AnswerValue[] rules = [.. redirects.Select(redirect => new AnswerValue(redirect.From!, redirect.To!, AnswerValueMatch.Prefix))];
        context.ResponseTransforms.Add(new AnswerTransform(answer =>
        {
            var headers = answer.HttpContext.Response.Headers;
            if (headers.Location is [{ } location] && Array.Find(rules, rule => rule.Fits(location, answer.HttpContext)) is { } first)
            {
                var changed = first.Of(location, answer.HttpContext);
                headers.Location = changed.StartsWith('/') ? OwnAddress.Of(answer.HttpContext, changed) : changed;
            }

            return ValueTask.CompletedTask;
        }));
    }
}
