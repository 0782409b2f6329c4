using System.Text.RegularExpressions;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;
using YarpWs.Gateway.Content;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes;

namespace YarpWs.Gateway.Forwarding;

/// <summary>Changes where destinations lead clients, as a route's <c>Redirects</c> say: a destination may know itself by an address that clients cannot reach.</summary>
internal sealed partial class AnswerRedirects : ITransformProvider
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

        Rule[] rules = [.. redirects.Select(redirect => new Rule(redirect))];
        context.AddResponseTransform(answer =>
        {
            var headers = answer.HttpContext.Response.Headers;
            if (headers.Location is [{ } location])
            {
                headers.Location = Array.Find(rules, rule => rule.Changes(location, answer.HttpContext)) is { } first ? first.Of(location, answer.HttpContext) : location;
            }

            return ValueTask.CompletedTask;
        });
    }

    [GeneratedRegex(@"\$(?<group>[1-9])")]
    private static partial Regex Group();

    private sealed class Rule
    {
        private readonly Expression? _expression;
        private readonly RequestText? _from;
        private readonly RequestText _to;

        public Rule(AnswerRedirect redirect)
        {
            _to = RequestText.Parse(HeaderText.Of(redirect.To!));
            (_expression, _from) = Expression.FromMarked(redirect.From!) is { } expression ? (expression, null) : ((Expression?)null, RequestText.Parse(HeaderText.Of(redirect.From!)));
        }

        /// <summary>One that takes too long fits nothing.</summary>
        public bool Changes(string location, HttpContext context)
        {
            try
            {
                return _expression?.IsMatch(location) ?? location.StartsWith(_from!.Of(context), StringComparison.Ordinal);
            }
            catch (RegexMatchTimeoutException)
            {
                return false;
            }
        }

        public string Of(string location, HttpContext context)
        {
            var to = _to.Of(context);
            var changed = _expression?.Match(location) is { } captures
                ? Group().Replace(to, match => captures[match.Groups["group"].ValueSpan[0] - '0'])
                : $"{to}{location[(_from?.Of(context).Length ?? 0)..]}";
            return changed.StartsWith('/') ? OwnAddress.Of(context, changed) : changed;
        }
    }
}
