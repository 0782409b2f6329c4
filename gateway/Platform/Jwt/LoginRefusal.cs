using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace YarpWs.Platform.Jwt;

/// <summary>
/// Answers a request without a good token as RFC 6750 asks for it: 401 with one challenge, whatever the number of schemes, which says what is wrong with
/// the token there was; 403 where a good token is not enough; 503 where nobody can tell yet, so that no client takes it for a login that has ended. The body is written by whoever writes bodies, from <see cref="SentenceOf"/>.
/// </summary>
internal sealed class LoginRefusal : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _platform = new();

    /// <summary>Remembers what a scheme found. What another one found that came further stays.</summary>
    public static void Keep(HttpContext context, TokenFault fault)
    {
        if (context.Features.Get<TokenFault>() is not { } other || other.Progress < fault.Progress)
        {
            context.Features.Set(fault);
        }
    }

    /// <summary>Whether a request was answered 503 because its token cannot be judged yet.</summary>
    public static bool IsForNow(HttpContext context) =>
        context.Response.StatusCode == StatusCodes.Status503ServiceUnavailable && context.Features.Get<TokenFault>() is { RetryAfterSeconds: not null };

    /// <summary>What to tell the client, for 401 and 403, and where <see cref="IsForNow"/>.</summary>
    public static string SentenceOf(HttpContext context) => (context.Response.StatusCode, context.Features.Get<TokenFault>()) switch
    {
        (StatusCodes.Status403Forbidden, _) => "The login is good, and not enough for this.",
        (_, { RetryAfterSeconds: not null } fault) => $"{fault.Description}.",
        (_, { } fault) => fault == TokenFault.Revoked ? $"{fault.Description}." : $"{fault.Description}; log in again.",
        _ => "Log in first: this address asks for a token.",
    };

    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            return _platform.HandleAsync(next, context, policy, authorizeResult);
        }

        var response = context.Response;
        if (authorizeResult.Forbidden)
        {
            response.StatusCode = StatusCodes.Status403Forbidden;
            response.Headers.WWWAuthenticate = "Bearer error=\"insufficient_scope\"";
            return Task.CompletedTask;
        }

        if (context.Features.Get<TokenFault>() is { RetryAfterSeconds: { } seconds })
        {
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            return Task.CompletedTask;
        }

        // Without a token there is no error to tell of (RFC 6750, section 3.1).
        response.StatusCode = StatusCodes.Status401Unauthorized;
        response.Headers.WWWAuthenticate = context.Features.Get<TokenFault>() is { } fault
            ? $"Bearer error=\"invalid_token\", error_description=\"{fault.Description}\""
            : "Bearer";
        return Task.CompletedTask;
    }
}
