using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Jwt;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>
/// What the gateway itself answers about sessions, before any route. The issuer's own two ways back, <see cref="SessionPaths.Callback"/> and <see cref="SessionPaths.LoggedOut"/>, are answered by the platform's
/// handler before an endpoint is.
/// </summary>
internal sealed class SessionEndpoints(LoginStart start, SessionEnd end, LogoutTokens logoutTokens, TokenIssuers issuers, SessionPaths paths, IOptions<SessionsOptions> options)
{
    private const int LargestBody = 32 * 1024;

    public void Map(IEndpointRouteBuilder app)
    {
        Map(app, paths.Login, HttpMethods.Get, LoginAsync);
        Map(app, paths.Logout, HttpMethods.Post, LogoutAsync);
        Map(app, paths.BackChannel, HttpMethods.Post, logoutTokens.AnswerAsync);
        foreach (var path in new[] { paths.Callback, paths.LoggedOut })
        {
            Map(app, path, HttpMethods.Get, context => Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "Only the issuer sends a browser here."));
        }
    }

    private static void Map(IEndpointRouteBuilder app, PathString path, string method, RequestDelegate answerAsync) => app
        .Map(path, context =>
        {
            if (context.Request.Method == method)
            {
                return answerAsync(context);
            }

            context.Response.Headers.Allow = method;
            return Refusal.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, $"This address takes {method} alone.");
        })
        .AllowAnonymous()
        .WithOrder(int.MinValue)
        .WithMetadata(new RequestSizeLimitAttribute(LargestBody));

    /// <summary>For a link, or a script that was told 401: a navigation of its own.</summary>
    private Task LoginAsync(HttpContext context)
    {
        var returnTo = context.Request.Query["returnTo"];
        return returnTo.Count == 0 || (returnTo.Count == 1 && ReturnPath.IsSafe(returnTo[0]))
            ? start.BeginAsync(context, returnTo.Count == 0 ? ReturnPath.Home : returnTo[0]!)
            : Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, $"returnTo: use a path of this site, which begins with one /, of at most {ReturnPath.Longest} characters.");
    }

    /// <summary>
    /// Ends the session, here and for a page at its issuer too. It is a POST: with the session's cookie such a request must come from a page whose origin is let in (<see cref="Origins.OriginCheck"/>), so that no
    /// other site can log anybody out, and no link or picture can.
    /// </summary>
    private async Task LogoutAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (context.Features.Get<TokenFault>() is { RetryAfterSeconds: not null } fault)
        {
            // The session is somewhere and goes on: nobody may believe that it has ended.
            await LoginStart.RefuseAsync(context, fault);
            return;
        }

        var session = context.Features.Get<Session>();
        if (session is not null)
        {
            await end.EndAsync(session);
        }

        await context.SignOutAsync(SessionSchemes.Cookie, new AuthenticationProperties());
        if (!Navigation.WantsPage(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        var metadata = await issuers[options.Value.Scheme].Keys!.GetConfigurationAsync(context.RequestAborted);
        if (session is null || string.IsNullOrEmpty(metadata.EndSessionEndpoint))
        {
            Redirect(context, options.Value.AfterLogout);
            return;
        }

        await context.SignOutAsync(SessionSchemes.OpenId, new AuthenticationProperties { RedirectUri = options.Value.AfterLogout });
    }

    private static void Redirect(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = path;
    }
}
