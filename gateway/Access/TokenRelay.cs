using System.Buffers;
using Microsoft.Extensions.Options;

namespace YarpWs.Gateway.Access;

/// <summary>
/// Finds the token, takes it out of every place where it stands, and puts it into the Authorization header. The places, first found
/// first served: that header, a subprotocol, the query parameter <c>access_token</c>, the configured cookie.
/// </summary>
internal sealed class TokenRelay(RequestDelegate next, IOptions<AccessOptions> options)
{
    private const string Bearer = "Bearer ";

    /// <summary>What a token may consist of (RFC 6750). Anything else must not get into a header.</summary>
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    private readonly string? _cookie = options.Value.Cookie is { Length: > 0 } name ? name : null;

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Request.Headers;

        // All four are taken out, whichever of them wins.
        var byHeader = headers.Authorization.FirstOrDefault(value => value!.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))?[Bearer.Length..].Trim();
        var bySubprotocol = SubprotocolToken.Take(headers);
        var byQuery = QueryToken.Take(context.Request);
        var byCookie = _cookie is null ? null : CookieToken.Take(headers, _cookie);

        var fromRequest = Usable(byHeader) ?? Usable(bySubprotocol) ?? Usable(byQuery);
        if ((fromRequest ?? Usable(byCookie)) is { } token)
        {
            headers.Authorization = Bearer + token;
            context.Features.Set(fromRequest is null ? AccessToken.ByCookie : AccessToken.ByRequest);
        }

        return next(context);
    }

    private static string? Usable(string? token) =>
        string.IsNullOrEmpty(token) || token.AsSpan().ContainsAnyExcept(TokenCharacters) ? null : token;
}
