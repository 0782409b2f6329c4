using Yarp.ReverseProxy.Transforms.Builder;
using YarpWs.Gateway.Routes;

namespace YarpWs.Gateway.Forwarding;

/// <summary>Changes the Path and Domain of destinations' cookies, as a route's <c>Cookies</c> say: a destination may know itself by a path or name that clients do not. Of each the first rule that fits.</summary>
internal sealed class AnswerCookies : ITransformProvider
{
    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        if (RouteSettings.Of(context.Route)?.Cookies is not { Count: > 0 } cookies)
        {
            return;
        }

        AnswerValue[] paths = [.. cookies.Where(cookie => cookie.Path is not null).Select(cookie => new AnswerValue(cookie.Path!, cookie.To!, AnswerValueMatch.Prefix))];
        AnswerValue[] domains = [.. cookies.Where(cookie => cookie.Domain is not null).Select(cookie => new AnswerValue(cookie.Domain!, cookie.To!, AnswerValueMatch.Name))];
        context.ResponseTransforms.Add(new AnswerTransform(answer =>
        {
            var headers = answer.HttpContext.Response.Headers;
            if (headers.SetCookie.Count > 0)
            {
                headers.SetCookie = (string[])[.. headers.SetCookie.Select(cookie => Change(cookie!, paths, domains, answer.HttpContext))];
            }

            return ValueTask.CompletedTask;
        }));
    }

    /// <summary>Attributes stand behind the first semicolon, in any order and case (RFC 6265, section 4.1.1).</summary>
    private static string Change(string cookie, AnswerValue[] paths, AnswerValue[] domains, HttpContext context)
    {
        var parts = cookie.Split(';');
        for (var index = 1; index < parts.Length; index++)
        {
            var (name, equals) = (parts[index], parts[index].IndexOf('=', StringComparison.Ordinal));
            if (equals < 0)
            {
                continue;
            }

            var rules = name.AsSpan(0, equals).Trim().Equals("Path", StringComparison.OrdinalIgnoreCase) ? paths : name.AsSpan(0, equals).Trim().Equals("Domain", StringComparison.OrdinalIgnoreCase) ? domains : [];
            var value = name[(equals + 1)..].Trim();
            if (Array.Find(rules, rule => rule.Fits(value, context)) is { } first)
            {
                parts[index] = $"{name[..(equals + 1)]}{first.Of(value, context)}";
            }
        }

        return string.Join(';', parts);
    }
}
