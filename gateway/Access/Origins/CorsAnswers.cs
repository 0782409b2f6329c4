using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace YarpWs.Gateway.Access.Origins;

/// <summary>
/// What the platform leaves out of the answers of routes with a CORS policy: <c>Vary: Origin</c> also where a request names no origin, or one that is refused, so that no cache gives
/// one page the answer for another (Fetch, section "CORS protocol and HTTP caches"); and leave for pages of a public network to ask a private one.
/// </summary>
internal sealed class CorsAnswers(RequestDelegate next, IOptions<CorsOptions> cors, PrivateNetworkPolicies privateNetwork)
{
    private const string Asks = "Access-Control-Request-Private-Network";
    private const string Allows = "Access-Control-Allow-Private-Network";

    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<IEnableCorsAttribute>()?.PolicyName is { } name && cors.Value.GetPolicy(name) is { } policy)
        {
            var mayAsk = privateNetwork.Names.Contains(name) && HttpMethods.IsOptions(context.Request.Method) && context.Request.Headers[Asks] == "true";
            if (!policy.AllowAnyOrigin || mayAsk)
            {
                // At the last moment: a destination may say of Vary what it likes.
                context.Response.OnStarting(
                    static state =>
                    {
                        var (headers, varies, mayAsk) = ((IHeaderDictionary, bool, bool))state;
                        Complete(headers, varies, mayAsk);
                        return Task.CompletedTask;
                    },
                    (context.Response.Headers, !policy.AllowAnyOrigin, mayAsk));
            }
        }

        return next(context);
    }

    private static void Complete(IHeaderDictionary headers, bool varies, bool mayAsk)
    {
        if (varies && !headers.GetCommaSeparatedValues(HeaderNames.Vary).Any(value => value is "*" || value.Equals(HeaderNames.Origin, StringComparison.OrdinalIgnoreCase)))
        {
            headers.Append(HeaderNames.Vary, HeaderNames.Origin);
        }

        if (mayAsk && headers.ContainsKey(HeaderNames.AccessControlAllowOrigin))
        {
            headers[Allows] = "true";
        }
    }
}

/// <summary>The names of the CORS policies with <see cref="CorsPolicyOptions.PrivateNetwork"/>.</summary>
internal sealed record PrivateNetworkPolicies(IReadOnlySet<string> Names);
