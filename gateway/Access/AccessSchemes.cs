using Microsoft.AspNetCore.Authentication.JwtBearer;
using YarpWs.Gateway.Access.Revocations;
using YarpWs.Gateway.Access.Sessions;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Jwt;

namespace YarpWs.Gateway.Access;

/// <summary>The names of the configured authentication schemes.</summary>
internal sealed record AccessSchemes(string[] Names)
{
    /// <summary>
    /// Registers the schemes, and what the gateway asks beyond them: a token that was found good is not checked twice, and one that is revoked is
    /// refused.
    /// </summary>
    public static AccessSchemes Add(IServiceCollection services, IConfiguration configuration, string directory)
    {
        var schemes = new AccessSchemes(services.AddJwtSchemes(configuration, directory));
        foreach (var name in schemes.Names)
        {
            services.AddOptions<JwtBearerOptions>(name).Configure<TimeProvider, RevocationList>(Extend);
        }

        services.AddSingleton(schemes);
        return schemes;
    }

    private static void Extend(JwtBearerOptions jwt, TimeProvider time, RevocationList revocations)
    {
        jwt.TokenHandlers[0] = new CheckedTokens(jwt.TokenHandlers.Single(), time);
        var validate = jwt.Events.OnTokenValidated;
        jwt.Events.OnTokenValidated = async validated =>
        {
            await validate(validated);
            if (validated.Result is not null)
            {
                return;
            }

            if (validated.HttpContext.Features.Get<Session>() is { } session)
            {
                validated.Principal = session.Complete(validated.Principal!);
            }

            var login = Login.Of(validated.Principal!)!;
            if (revocations.IsFromTheFuture(login))
            {
                LoginRefusal.Keep(validated.HttpContext, TokenFault.FromTheFuture);
                validated.Fail("The token was issued in the future.");
            }
            else if (revocations.Refuses(login))
            {
                LoginRefusal.Keep(validated.HttpContext, TokenFault.Revoked);
                validated.Fail("The token is revoked.");
            }
        };
    }
}
