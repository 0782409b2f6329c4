using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.IdentityModel.Tokens;
using YarpWs.Platform.Settings;

namespace YarpWs.Platform.Jwt;

/// <summary>One JWT scheme for each child of <c>Authentication:Schemes</c>.</summary>
internal static class JwtSchemes
{
    /// <summary>
    /// How often at most an issuer's keys are fetched again because a token names an unknown one. The platform's 5 min would be how long
    /// a forged token could keep a process from noticing a new key.
    /// </summary>
    private static readonly TimeSpan MinRefreshInterval = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Registers the schemes and returns their names; none where nobody can log in. It reads configuration before the application is built, because which services
    /// there are depends on which schemes are named.
    /// </summary>
    public static string[] AddJwtSchemes(this IServiceCollection services, IConfiguration configuration, string directory)
    {
        var schemes = configuration.GetSection(SchemeOptions.Section).Get<Dictionary<string, SchemeOptions>>() ?? [];
        var authentication = services.AddAuthentication();

        // It comes with that, and makes keys on the disk of this machine as the process starts, which tokens have no use for. What does protect data has them made then.
        services.Remove(services.Single(service => service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(DataProtectionServiceCollectionExtensions).Assembly));
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, LoginRefusal>();
        foreach (var (name, options) in schemes)
        {
            Add(authentication, name, options, directory);
        }

        return [.. schemes.Keys];
    }

    private static void Add(AuthenticationBuilder authentication, string name, SchemeOptions options, string directory)
    {
        var section = $"{SchemeOptions.Section}:{name}";
        var keys = SigningKeys.Load(name, options, directory);
        if (keys.Count == 0 && !options.HasAuthority)
        {
            throw new InvalidSettingException(section, "nothing to check tokens with; expected Authority, SigningKeys or SigningKeyFiles.");
        }

        if (!options.Audiences.Any())
        {
            throw new InvalidSettingException(
                $"{section}:ValidAudiences", "empty; expected at least one audience, or tokens made out to any other application would be let in.");
        }

        if (options.HasAuthority && !Uri.TryCreate(options.MetadataAddress ?? options.Authority, UriKind.Absolute, out _))
        {
            throw new InvalidSettingException($"{section}:Authority", $"'{options.Authority}' is no address; expected https://HOST/.");
        }

        authentication.AddJwtBearer(name, jwt =>
        {
            jwt.MapInboundClaims = false;
            jwt.TokenHandlers[0] = new CriticalHeaders(jwt.TokenHandlers.Single());
            jwt.RequireHttpsMetadata = options.RequireHttpsMetadata;
            jwt.RefreshOnIssuerKeyNotFound = true;
            jwt.RefreshInterval = MinRefreshInterval;
            jwt.TokenValidationParameters = Parameters(options, keys);
            jwt.Events = new JwtBearerEvents
            {
                OnTokenValidated = validated =>
                {
                    // The library asks whether any key fits the token and whether any issuer does, not whether the two belong together.
                    if (!SharedKey.IsOfItsIssuer(validated.SecurityToken))
                    {
                        validated.Fail("The token is signed with the key of another issuer.");
                        LoginRefusal.Keep(validated.HttpContext, TokenFault.ForeignKey);
                    }

                    return Task.CompletedTask;
                },
                OnAuthenticationFailed = failed =>
                {
                    var now = failed.HttpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
                    LoginRefusal.Keep(failed.HttpContext, TokenFault.Of(failed.Exception, now));
                    return Task.CompletedTask;
                },
            };
        });
    }

    /// <summary>
    /// Replaces what ASP.NET Core reads from the same section: there the keys of one issuer are looked up with SingleOrDefault, so that a
    /// second one, needed to rotate, throws.
    /// </summary>
    private static TokenValidationParameters Parameters(SchemeOptions options, IReadOnlyList<SecurityKey> keys) => new()
    {
        NameClaimType = "sub",
        RoleClaimType = "role",
        IssuerSigningKeys = keys,
        ValidateIssuerSigningKey = true,
        ValidAlgorithms = [.. keys.SelectMany(SigningKeys.AlgorithmsOf).Union(options.HasAuthority ? SigningKeys.PublicAlgorithms : [])],
        ValidIssuers = [.. options.Issuers],
        ValidateIssuer = options.HasAuthority || options.Issuers.Any(),
        ValidAudiences = [.. options.Audiences],
        RequireExpirationTime = true,
        RequireSignedTokens = true,
        ClockSkew = options.ClockSkew,
    };
}
