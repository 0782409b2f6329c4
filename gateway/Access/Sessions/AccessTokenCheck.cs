using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Access.Logins;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Jwt;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>Judges an access token that the issuer gave to this gateway as it would be judged on a request: a session whose token nobody lets in is none.</summary>
internal sealed class AccessTokenCheck(IServiceScopeFactory scopes, GrantedPolicies granted, IOptions<SessionsOptions> options)
{
    /// <param name="token">The access token.</param>
    /// <param name="session">The session that it is for; null for one that begins.</param>
    public async Task<CheckedAccess> CheckAsync(string token, Session? session)
    {
        await using var scope = scopes.CreateAsyncScope();
        var request = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        request.Request.Headers.Authorization = $"Bearer {token}";
        request.Features.Set(session);
        var result = await request.AuthenticateAsync(options.Value.Scheme);
        return result is { Succeeded: true } && Login.Of(result.Principal) is { } login
            ? new CheckedAccess(login, await granted.OfAsync(request), Fault: null)
            : new CheckedAccess(null, [], request.Features.Get<TokenFault>());
    }
}

/// <summary>What became of it.</summary>
/// <param name="Login">What the token says; null where it is not good.</param>
/// <param name="Policies">Those that it satisfies.</param>
/// <param name="Fault">Why it is not good; null as well where the token says nothing that can be judged.</param>
internal sealed record CheckedAccess(Login? Login, IReadOnlyList<string> Policies, TokenFault? Fault)
{
    /// <summary>Whether a newer token, or the same in a moment, may be good.</summary>
    public bool IsForNow => Fault == TokenFault.Revoked || Fault is { RetryAfterSeconds: not null };

    /// <summary>In words for the operator.</summary>
    public string Reason => Fault?.Reason ?? "no JWT";
}
