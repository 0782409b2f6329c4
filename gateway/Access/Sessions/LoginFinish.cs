using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Redis;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>
/// What becomes of a login when the issuer has sent the browser back: a session, where its access token is let in here, or a page that says what went wrong. The session that the browser had before
/// ends, where it was another one.
/// </summary>
internal sealed class LoginFinish(AccessTokenCheck check, SessionEnd end, IOptions<SessionsOptions> options, TimeProvider time, ILogger<LoginFinish> logger)
{
    /// <summary>Redis is asked again every second; a revocation refuses new tokens for as long as clocks may differ.</summary>
    private const string RetryAfterSeconds = "2";

    public OpenIdConnectEvents Events() => new()
    {
        OnTokenValidated = BeginAsync,
        OnTicketReceived = async received =>
        {
            if (received.HttpContext.Features.Get<Session>() is { } before && !IsSame(before.Login, Login.Of(received.Principal!)!))
            {
                await end.EndAsync(before);
            }
        },
        OnRedirectToIdentityProviderForSignOut = redirect =>
        {
            redirect.ProtocolMessage.ClientId = options.Value.ClientId;
            redirect.ProtocolMessage.IdTokenHint = redirect.HttpContext.Features.Get<Session>()?.IdToken;
            return Task.CompletedTask;
        },
        OnRemoteFailure = async failed =>
        {
            failed.HandleResponse();
            await FailAsync(failed.HttpContext, failed.Failure);
        },
    };

    /// <summary>The ID token is good, and the issuer has given the tokens for the code.</summary>
    private async Task BeginAsync(TokenValidatedContext validated)
    {
        if (validated.TokenEndpointResponse is not { AccessToken.Length: > 0 } tokens)
        {
            validated.Fail(new LoginFailedException("the issuer gave no access token"));
            return;
        }

        var access = await check.CheckAsync(tokens.AccessToken, session: null);
        if (access.Login is not { } login)
        {
            validated.Fail(access.IsForNow
                ? new LoginFailedException($"its access token is refused now: {access.Reason}", isForNow: true)
                : new LoginFailedException($"its access token is refused here: {access.Reason}; scheme {options.Value.Scheme} must take the tokens that the issuer gives this client"));
            return;
        }

        validated.Principal = Session.Begin(
            validated.Properties!,
            new SessionTokens(tokens.AccessToken, NullIfEmpty(tokens.RefreshToken), NullIfEmpty(tokens.IdToken)),
            login,
            validated.Principal!.FindFirst("sid")?.Value,
            options.Value,
            time.GetUtcNow());
    }

    private async Task FailAsync(HttpContext context, Exception? failure)
    {
        var (status, sentence) = failure switch
        {
            _ when RedisIsAway(failure) => (StatusCodes.Status503ServiceUnavailable, "The login cannot be kept now; try again in a moment."),
            LoginFailedException { IsForNow: true } => (StatusCodes.Status503ServiceUnavailable, "The login cannot be taken now: a session was ended a moment ago, or the issuer's keys are missing. Open the page again in a few seconds."),
            LoginFailedException => (StatusCodes.Status403Forbidden, "The login is good at its issuer, and is not taken here. Tell who runs this site."),
            _ => (StatusCodes.Status400BadRequest, "The login was not completed: it was refused at its issuer, has taken too long, or was begun in another browser. Open the page again to log in."),
        };
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
        }

        logger.LoginNotCompleted(LogText.Escape(Words(failure)));
        await Refusal.WriteAsync(context, status, sentence, RefusalReason.Login);
    }

    private static bool RedisIsAway(Exception? failure) => failure is not null && (RedisConnection.IsAway(failure) || RedisIsAway(failure.InnerException));

    /// <summary>The platform's messages say what the issuer answered, and hold neither code nor token.</summary>
    private static string Words(Exception? failure) => failure switch
    {
        null => "no reason is known",
        { InnerException: { } inner } => $"{failure.Message} {inner.Message}",
        _ => failure.Message,
    };

    private static bool IsSame(Login a, Login b) => (a.Issuer, a.User, a.SessionId) == (b.Issuer, b.User, b.SessionId);

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

/// <summary>A login that is good at the issuer and leads to no session here.</summary>
internal sealed class LoginFailedException(string message, bool isForNow = false) : Exception(message)
{
    /// <summary>Whether the next try may succeed.</summary>
    public bool IsForNow { get; } = isForNow;
}
