using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Revocations;

/// <summary>
/// Lets nobody pass by a token as long as it is not known which are revoked (<see cref="RevocationOptions.AdmitWhenUnknown"/>). The answer is 503
/// and not 401: the token may be good, and its owner need not log in again.
/// </summary>
internal sealed class RevocationGate(RequestDelegate next, RevocationSync sync, IOptions<RevocationOptions> options)
{
    /// <summary>A return of Redis is noticed within a second or two.</summary>
    private const string RetryAfterSeconds = "2";

    public Task InvokeAsync(HttpContext context)
    {
        if (sync.IsKnown || options.Value.AdmitWhenUnknown || context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return next(context);
        }

        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        return Refusal.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "It is not known yet which logins are revoked: Redis is away since the gateway started.", RefusalReason.Login);
    }
}
