using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.Extensions.Primitives;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Jwt;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>
/// Answers a request that an external check does not let in: with the check's own answer, with the way to the login page for who looks at a page, or with 503 where it has given none. Every other
/// refusal goes to the one who answers those.
/// </summary>
internal sealed class CheckRefusal(ExternalChecks checks, IAuthorizationMiddlewareResultHandler others) : IAuthorizationMiddlewareResultHandler
{
    /// <summary>A check that has come back is asked at once.</summary>
    private const string RetryAfterSeconds = "2";

    /// <summary>A 401 has a challenge (RFC 9110, section 11.6.1); this one makes no browser ask for a password.</summary>
    private const string Challenge = "Cookie";

    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Challenged && context.Features.Get<TokenFault>() is null)
        {
            var answer = context.Features.Get<LoginLease>()?.Verdict.Answer;
            if (answer is NoAnswer none)
            {
                return WriteUnknownAsync(context, none);
            }

            if (answer is RefusedLogin refused || checks.Of(context) is not null)
            {
                return WriteAsync(context, checks.Of(context), answer as RefusedLogin ?? RefusedLogin.Ended);
            }
        }

        return others.HandleAsync(next, context, policy, authorizeResult);
    }

    private static Task WriteUnknownAsync(HttpContext context, NoAnswer answer)
    {
        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        context.Features.Set(new TokenFault(0, "", $"external check: {answer.Cause}"));
        return Refusal.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The login cannot be checked now; try again in a moment.", RefusalReason.Login);
    }

    private static async Task WriteAsync(HttpContext context, ExternalCheck? check, RefusedLogin refused)
    {
        var response = context.Response;
        response.Headers.CacheControl = "no-store";
        if (refused.Status != StatusCodes.Status403Forbidden && Redirect(context, check, refused) is { } page)
        {
            response.StatusCode = page.Status;
            response.Headers.Location = page.Address;
            return;
        }

        var isForbidden = refused.Status == StatusCodes.Status403Forbidden;
        response.StatusCode = isForbidden ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized;
        response.Headers.WWWAuthenticate = refused.Challenges.Count > 0 ? new StringValues([.. refused.Challenges]) : isForbidden ? StringValues.Empty : Challenge;
        context.Features.Set(new TokenFault(0, "Nobody is logged in, or not any more", "external check"));

        // The body of a redirect leads nowhere else than its Location did.
        if (refused.Body.IsEmpty || refused.Location is not null)
        {
            await Refusal.WriteAsync(context, response.StatusCode, isForbidden ? "The login is good, and not enough for this." : "Nobody is logged in, or not any more; log in again.", isForbidden ? RefusalReason.Policy : RefusalReason.Login);
            return;
        }

        response.ContentType = refused.ContentType;
        response.ContentLength = refused.Body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(refused.Body, context.RequestAborted);
        }
    }

    private static (int Status, string Address)? Redirect(HttpContext context, ExternalCheck? check, RefusedLogin refused)
    {
        if (refused.Location is { } told && ExternalCheck.IsNavigation(context))
        {
            return (refused.Status, told);
        }

        return check?.LoginPageFor(context) is { } page ? (StatusCodes.Status302Found, page) : null;
    }
}
