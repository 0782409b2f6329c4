using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>
/// The gateway as an issuer for those behind it: its public keys (RFC 7517), and the metadata that name them (OpenID Connect Discovery, as far as who checks tokens reads them). They go before any route of
/// the operator's, and are there only when there is a key.
/// </summary>
internal sealed class LoginKeyEndpoints(LoginTokens tokens, IOptions<LoginTokenOptions> options)
{
    /// <summary>As long as a key may be used that was taken out of the set.</summary>
    private const string CacheControl = "public, max-age=300";

    public void Map(IEndpointRouteBuilder app)
    {
        if (options.Value.Path is not { Length: > 0 } path || !tokens.CanSign)
        {
            return;
        }

        Add(app, $"{path}/jwks.json", _ => new { keys = tokens.PublicKeys });
        Add(app, $"{path}/.well-known/openid-configuration", context =>
        {
            var client = context.Features.GetRequiredFeature<Client>();
            return new { issuer = options.Value.Issuer, jwks_uri = $"{client.Scheme}://{client.Host}{path}/jwks.json" };
        });
    }

    private static void Add(IEndpointRouteBuilder app, string path, Func<HttpContext, object> answer) => app
        .MapGet(path, context =>
        {
            context.Response.Headers.CacheControl = CacheControl;
            return context.Response.WriteAsJsonAsync(answer(context), context.RequestAborted);
        })
        .WithOrder(int.MinValue)
        .AllowAnonymous();
}
