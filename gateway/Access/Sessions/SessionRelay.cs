using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Redis;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Jwt;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>
/// Puts the access token of the request's session into the Authorization header, where a request brings no token of its own; from there on it is a login as any other. The session's cookie goes no further
/// than here.
/// </summary>
internal sealed class SessionRelay(RequestDelegate next, SessionReader sessions, SessionRenewals renewals, SessionPaths paths, IOptions<SessionsOptions> options)
{
    private readonly string _cookie = options.Value.Cookie;

    public Task InvokeAsync(HttpContext context)
    {
        var client = context.Features.GetRequiredFeature<Client>();
        if (paths.Contains(context.Request.Path))
        {
            // The platform's handlers make addresses and cookies of these.
            context.Request.Scheme = client.Scheme;
            context.Request.Host = new HostString(client.Host);
            if ((context.Request.Path == paths.Callback || context.Request.Path == paths.LoggedOut) && !HttpMethods.IsGet(context.Request.Method))
            {
                return Refusal.WriteMethodAsync(context, "The issuer sends a browser here by a link, which is a GET.");
            }
        }

        return CookieToken.Take(context.Request.Headers, SessionCookie.NameOf(context, _cookie)) is { Length: > 0 } cookie && context.Features.Get<TokenLocation>() is null
            ? RelayAsync(context, cookie)
            : context.Request.Path == paths.Callback ? NextAsync(context) : next(context);
    }

    private async Task RelayAsync(HttpContext context, string cookie)
    {
        // Whatever becomes of it: a browser has added it by itself.
        context.Features.Set(TokenLocation.BySession);
        var (session, fault) = await sessions.FindAsync(cookie);
        if (session is { } found && !paths.Contains(context.Request.Path))
        {
            (session, fault) = await renewals.FreshAsync(found);
            if (session is not null)
            {
                context.Request.Headers.Authorization = $"Bearer {session.AccessToken}";
            }
        }

        context.Features.Set(session);
        if (fault is not null)
        {
            LoginRefusal.Keep(context, fault);
        }

        await NextAsync(context);
    }

    private async Task NextAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception) when (context.Request.Path == paths.Callback && RedisConnection.IsAway(exception))
        {
            await Refusal.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The login cannot be kept now: Redis is away. Open the page again in a moment.", RefusalReason.Login);
        }
    }
}
