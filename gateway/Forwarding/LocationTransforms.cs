using Yarp.ReverseProxy.Transforms;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// Transforms of the normalized path of a request, as nginx changes it on its way to a destination. Of several rewrites the first whose expression fits changes the
/// path, and nothing that stands behind it does.
/// </summary>
internal static class LocationTransforms
{
    private static readonly HttpRequestOptionsKey<bool> Rewritten = new("YarpWs.PathRewritten");

    /// <summary>proxy_pass with a path: what the location has matched gives way to another text, and the rest is percent-encoded again.</summary>
    /// <param name="prefix">Sent as it is.</param>
    public static RawPathTransform Prefix(string prefix) => new((path, request) =>
    {
        if (IsRewritten(request))
        {
            return path;
        }

        var location = request.HttpContext.Features.Get<MatchedLocation>();
        return prefix + NormalizedPath.Encode(location is null ? NormalizedPath.Of(request.HttpContext) : location.Path.AsSpan(location.PrefixLength));
    });

    /// <summary>rewrite with break. Arguments of the new path go before those of the request; a question mark at its end leaves these out.</summary>
    /// <param name="expression">What the path must fit.</param>
    /// <param name="template">The new path, with $1 to $9 and named groups of the expression.</param>
    public static RawPathTransform Rewrite(Expression expression, GroupText template) => new((path, request) =>
    {
        if (IsRewritten(request) || expression.Match(NormalizedPath.Of(request.HttpContext)) is not { } captures)
        {
            return path;
        }

        request.ProxyRequest.Options.Set(Rewritten, true);
        var target = template.Of(captures);
        var question = target.IndexOf('?', StringComparison.Ordinal);
        if (question < 0)
        {
            return NormalizedPath.Encode(target);
        }

        var (arguments, given) = (target[(question + 1)..], request.HttpContext.Request.QueryString.Value is { Length: > 1 } query ? query[1..] : "");
        var all = arguments.Length == 0 ? "" : given.Length == 0 ? arguments : $"{arguments}&{given}";
        request.Query = QueryOf($"?{all}");
        return NormalizedPath.Encode(target.AsSpan(0, question));
    });

    /// <summary>proxy_pass with variables: path and query are what the text says, and nothing else.</summary>
    public static RawPathTransform Target(RequestText text) => new((_, request) =>
    {
        var target = RawPath.EncodeTarget(text.Of(request.HttpContext));
        var question = target.IndexOf('?', StringComparison.Ordinal);
        request.Query = QueryOf(question < 0 ? "" : target[question..]);
        var path = question < 0 ? target : target[..question];
        return path.StartsWith('/') ? path : "/" + path;
    });

    private static QueryTransformContext QueryOf(string query) => new(new DefaultHttpContext { Request = { QueryString = new QueryString(query.Length > 1 ? query : "") } }.Request);

    private static bool IsRewritten(RequestTransformContext request) => request.ProxyRequest.Options.TryGetValue(Rewritten, out var rewritten) && rewritten;
}
