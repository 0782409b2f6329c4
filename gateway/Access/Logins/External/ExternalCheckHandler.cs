using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Access.Revocations;
using YarpWs.Platform.Jwt;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>An external check as an authentication scheme. What became of the question is a feature of the request, a <see cref="LoginLease"/>.</summary>
internal sealed class ExternalCheckHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, ExternalChecks checks, RevocationList revocations)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var check = checks[Scheme.Name];
        if (!checks.Asks(check.Name, Context) || check.QuestionOf(Context) is not { } question)
        {
            return AuthenticateResult.NoResult();
        }

        // A socket that comes of the request is in the table before the request is over.
        var lease = await check.Logins.EnterAsync(question, Context.RequestAborted);
        Response.RegisterForDispose(lease);
        Context.Features.Set(lease);
        if (lease.Verdict.Login is not { } login)
        {
            return AuthenticateResult.Fail("The external check knows nobody.");
        }

        if (revocations.Refuses(login.Login))
        {
            LoginRefusal.Keep(Context, TokenFault.Revoked);
            return AuthenticateResult.Fail("The login is revoked.");
        }

        return login.Success;
    }
}
