using System.Globalization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Jwt;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>The mark of a policy whose navigations log in. It requires nothing.</summary>
internal sealed class NavigationsLogIn : AuthorizationHandler<NavigationsLogIn>, IAuthorizationRequirement
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, NavigationsLogIn requirement)
    {
        context.Succeed(requirement);
        return Task.CompletedTask;
    }
}

/// <summary>
/// Sends a person who opens a page without a session to the issuer, where the page's policy says so. Whatever else is refused is answered as without sessions:
/// scripts and sockets get 401.
/// </summary>
internal sealed class NavigationLogin(LoginRefusal refusal, LoginStart start) : IAuthorizationMiddlewareResultHandler
{
    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult) =>
        authorizeResult.Challenged
            && policy.Requirements.OfType<NavigationsLogIn>().Any()
            && context.Features.Get<TokenLocation>() is null or { FromSession: true }
            && context.Features.Get<TokenFault>() is not { RetryAfterSeconds: not null }
            && Navigation.Is(context)
            ? start.BeginAsync(context, ReturnPath.Of(context.Request))
            : refusal.HandleAsync(next, context, policy, authorizeResult);
}

/// <summary>Begins a login.</summary>
internal sealed class LoginStart(SessionKeyRing ring, TokenIssuers issuers, IOptions<SessionsOptions> options)
{
    /// <summary>Redirects to the issuer, or answers 503 while that cannot work.</summary>
    public Task BeginAsync(HttpContext context, string returnPath)
    {
        var keys = issuers[options.Value.Scheme].Keys!;
        if (!ring.IsKnown)
        {
            return RefuseAsync(context, SessionFaults.RedisAway);
        }

        if (keys.AreMissing)
        {
            return RefuseAsync(context, TokenFault.NotNow("Nobody can log in now: the issuer has not answered yet", "its issuer has not answered yet", keys.RetryAfterSeconds));
        }

        var client = context.Features.GetRequiredFeature<Client>();
        context.Request.Scheme = client.Scheme;
        context.Request.Host = new HostString(client.Host);
        context.Response.Headers.CacheControl = "no-store";
        return context.ChallengeAsync(SessionSchemes.OpenId, new AuthenticationProperties { RedirectUri = returnPath });
    }

    /// <summary>503 with Retry-After.</summary>
    public static Task RefuseAsync(HttpContext context, TokenFault fault)
    {
        LoginRefusal.Keep(context, fault);
        context.Response.Headers.RetryAfter = fault.RetryAfterSeconds!.Value.ToString(CultureInfo.InvariantCulture);
        return Refusal.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, $"{fault.Description}.", RefusalReason.Login);
    }
}
