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
    /// Registers the schemes and returns their names; none where nobody can log in. It reads configuration before the application is built, because which services
    /// there are depends on which schemes are named.
    /// </summary>
    public static string[] AddJwtSchemes(this IServiceCollection services, IConfiguration configuration, string directory)
    {
        var schemes = configuration.GetSection(SchemeOptions.Section).Get<Dictionary<string, SchemeOptions>>() ?? [];
        var authentication = services.AddAuthentication();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, LoginRefusal>();
        services.AddSingleton<TokenIssuers>(provider => ActivatorUtilities.CreateInstance<TokenIssuers>(provider, schemes));
        services.AddHostedService<IssuerWatch>();
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

        CheckAuthority(section, options);
        foreach (var (property, expected) in Bounds.Broken(options))
        {
            throw new InvalidSettingException($"{section}:{property}", $"'{typeof(SchemeOptions).GetProperty(property)!.GetValue(options)}' is out of bounds; expected {expected}.");
        }

        authentication.Services.AddOptions<JwtBearerOptions>(name).Configure<TokenIssuers>((jwt, issuers) => Judge(jwt, name, issuers));
        authentication.AddJwtBearer(name, jwt =>
        {
            jwt.MapInboundClaims = false;
            jwt.TokenHandlers[0] = new CriticalHeaders(jwt.TokenHandlers.Single());
            jwt.TokenValidationParameters = Parameters(options, keys);
        });
    }

    /// <summary>Where an issuer's keys come from: never over a connection that anybody may answer on, unless the operator says so.</summary>
    private static void CheckAuthority(string section, SchemeOptions options)
    {
        if (!options.HasAuthority)
        {
            return;
        }

        var (key, address) = string.IsNullOrEmpty(options.MetadataAddress)
            ? ($"{section}:{nameof(SchemeOptions.Authority)}", options.Authority)
            : ($"{section}:{nameof(SchemeOptions.MetadataAddress)}", options.MetadataAddress);
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http"))
        {
            throw new InvalidSettingException(key, $"'{address}' is no address; expected https://HOST/.");
        }

        if (options.RequireHttpsMetadata && uri.Scheme != Uri.UriSchemeHttps)
        {
            throw new InvalidSettingException(
                key, $"'{address}' is not https, and whoever answers there could sign any token; expected https://, or RequireHttpsMetadata false beside it for a trial.");
        }
    }

    /// <summary>What happens to a token: who judges it, by which keys, and what is kept of why it was refused.</summary>
    private static void Judge(JwtBearerOptions jwt, string name, TokenIssuers issuers)
    {
        jwt.ConfigurationManager = issuers[name].Keys;
        jwt.Events = new JwtBearerEvents
        {
            OnMessageReceived = issuers.ReceiveAsync,
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
                LoginRefusal.Keep(failed.HttpContext, issuers.Explain(name, TokenFault.Of(failed.Exception, now)));
                return Task.CompletedTask;
            },
        };
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
