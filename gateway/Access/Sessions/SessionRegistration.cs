using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Authorization;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using YarpWs.Gateway.Access.Origins;
using YarpWs.Gateway.Access.Revocations;
using YarpWs.Gateway.Redis;
using YarpWs.Platform.Jwt;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>Registers what logs people in, where the settings say that people log in here.</summary>
internal static class SessionRegistration
{
    /// <summary>How long a person may take at the issuer's page.</summary>
    private static readonly TimeSpan LoginTime = TimeSpan.FromMinutes(15);

    /// <summary>Returns the name of the scheme that checks the tokens of people who log in here; null where nobody does. Settings that cannot work throw an <see cref="InvalidSettingException"/>.</summary>
    public static string? AddSessions(this IServiceCollection services, IConfiguration configuration, string directory, AccessSchemes schemes)
    {
        services.AddSettings<SessionsOptions>(SessionsOptions.Section);
        var options = configuration.GetSection(SessionsOptions.Section).Get<SessionsOptions>() ?? new SessionsOptions();
        if (!options.IsOn)
        {
            return null;
        }

        var prefix = Check(options, configuration, schemes);
        var secret = SessionSecret.Read(options, directory);
        services.AddSingleton(secret);
        services.AddSingleton(new SessionPaths(prefix));
        services.AddSingleton(new SessionKeyEncryption(secret.Value));
        services.AddSingleton<SessionKeyRing>();
        services.AddSingleton<SessionStore>();
        services.AddSingleton<SessionTickets>();
        services.AddSingleton<SessionReader>();
        services.AddSingleton<SessionEnd>();
        services.AddSingleton<TokenEndpoint>();
        services.AddSingleton<AccessTokenCheck>();
        services.AddSingleton<SessionRenewals>();
        services.AddSingleton<LoginStart>();
        services.AddSingleton<LoginFinish>();
        services.AddSingleton<LogoutTokens>();
        services.AddSingleton<SessionEndpoints>();

        // In place of the answer that LoginRefusal alone would give.
        services.AddSingleton<LoginRefusal>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, NavigationLogin>();
        AddHandlers(services, options, schemes);
        return options.Scheme;
    }

    /// <summary>What can be found before anything is made. Returns the path that the gateway answers under.</summary>
    private static string Check(SessionsOptions options, IConfiguration configuration, AccessSchemes schemes)
    {
        foreach (var (property, expected) in Bounds.Broken(options))
        {
            throw new InvalidSettingException($"{SessionsOptions.Section}:{property}", $"out of bounds; expected {expected}.");
        }

        if (string.IsNullOrEmpty(configuration[$"{RedisOptions.Section}:{nameof(RedisOptions.Configuration)}"]))
        {
            throw new InvalidSettingException(
                $"{SessionsOptions.Section}:{nameof(SessionsOptions.ClientId)}", "sessions are kept in Redis, and there is none; set Redis:Configuration, or remove this, and nobody logs in here.");
        }

        var access = configuration.GetSection(AccessOptions.Section).Get<AccessOptions>() ?? new AccessOptions();
        if (string.IsNullOrEmpty(access.Path))
        {
            throw new InvalidSettingException(
                $"{AccessOptions.Section}:{nameof(AccessOptions.Path)}", "empty, and people log in here (Sessions:ClientId); expected a path for the gateway's own answers, such as /auth.");
        }

        var scheme = configuration.GetSection($"{SchemeOptions.Section}:{options.Scheme}").Get<SchemeOptions>();
        if (!schemes.Names.Contains(options.Scheme, StringComparer.Ordinal) || scheme is not { HasAuthority: true })
        {
            throw new InvalidSettingException(
                $"{SessionsOptions.Section}:{nameof(SessionsOptions.Scheme)}",
                $"'{options.Scheme}' is no scheme with an issuer that people can log in at; expected the name of one of {SchemeOptions.Section} that has an Authority.");
        }

        if (options.Scopes is { } scopes && !scopes.Contains(OpenIdConnectScope.OpenId))
        {
            throw new InvalidSettingException($"{SessionsOptions.Section}:{nameof(SessionsOptions.Scopes)}", "without openid, and so without an ID token; expected openid among them.");
        }

        var revocations = configuration.GetSection(RevocationOptions.Section).Get<RevocationOptions>() ?? new RevocationOptions();
        if (options.Lifetime > revocations.MaxTokenLifetime)
        {
            throw new InvalidSettingException(
                $"{SessionsOptions.Section}:{nameof(SessionsOptions.Lifetime)}", "longer than Revocations:MaxTokenLifetime, so that a revoked session could come back; expected that or less.");
        }

        var origins = configuration.GetSection(OriginOptions.Section).Get<OriginOptions>() ?? new OriginOptions();
        if (origins.Allowed?.Contains("*") == true)
        {
            throw new InvalidSettingException(
                $"{OriginOptions.Section}:{nameof(OriginOptions.Allowed)}", "'*' lets any page act for a person who has logged in here (Sessions:ClientId); expected the origins by name.");
        }

        return access.Path;
    }

    private static void AddHandlers(IServiceCollection services, SessionsOptions options, AccessSchemes schemes)
    {
        // A single scheme is the default by itself, as long as there is no other.
        if (schemes.Names is [var only])
        {
            services.Configure<AuthenticationOptions>(authentication => authentication.DefaultAuthenticateScheme ??= only);
        }

        services.AddAuthentication().AddCookie(SessionSchemes.Cookie).AddOpenIdConnect(SessionSchemes.OpenId, _ => { });
        services.AddOptions<CookieAuthenticationOptions>(SessionSchemes.Cookie).Configure<SessionKeyRing, SessionTickets>((cookie, ring, tickets) =>
        {
            cookie.DataProtectionProvider = ring;
            cookie.SessionStore = tickets;
            cookie.CookieManager = new SessionCookie();
            cookie.SlidingExpiration = false;
            cookie.Cookie.Name = options.Cookie;
            cookie.Cookie.Path = "/";
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddOptions<OpenIdConnectOptions>(SessionSchemes.OpenId)
            .Configure<SessionKeyRing, SessionSecret, SessionPaths, TokenIssuers, LoginFinish>((openId, ring, secret, paths, issuers, finish) =>
            {
                openId.ConfigurationManager = issuers[options.Scheme].Keys;
                openId.DataProtectionProvider = ring;
                openId.ClientId = options.ClientId;
                openId.ClientSecret = secret.Value;
                openId.ResponseType = OpenIdConnectResponseType.Code;
                openId.ResponseMode = OpenIdConnectResponseMode.Query;
                openId.UsePkce = true;
                openId.MapInboundClaims = false;
                openId.DisableTelemetry = true;
                openId.BackchannelTimeout = TokenEndpoint.Patience;
                openId.TokenValidationParameters.ValidAlgorithms = SigningKeys.PublicAlgorithms;

                // They would drop claims of the session, which are named as those of an ID token.
                openId.ClaimActions.Clear();
                openId.SignInScheme = SessionSchemes.Cookie;
                openId.CallbackPath = paths.Callback;
                openId.SignedOutCallbackPath = paths.LoggedOut;
                openId.SignedOutRedirectUri = options.AfterLogout;

                // The issuer tells the gateway itself, not its page in a frame, which gets no cookie.
                openId.RemoteSignOutPath = PathString.Empty;
                openId.RemoteAuthenticationTimeout = LoginTime;
                openId.ProtocolValidator.NonceLifetime = LoginTime;

                // The issuer sends the browser back by a link, with which these cookies come.
                foreach (var cookie in new[] { openId.CorrelationCookie, openId.NonceCookie })
                {
                    cookie.SameSite = SameSiteMode.Lax;
                    cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                }

                openId.CorrelationCookie.Name = "yarpws-login.";
                openId.NonceCookie.Name = "yarpws-nonce.";
                openId.Scope.Clear();
                foreach (var scope in options.Scopes ?? [OpenIdConnectScope.OpenId])
                {
                    openId.Scope.Add(scope);
                }

                foreach (var (name, value) in options.Parameters ?? new Dictionary<string, string>())
                {
                    openId.AdditionalAuthorizationParameters.Add(name, value);
                }

                openId.Events = finish.Events();
            });
    }
}
