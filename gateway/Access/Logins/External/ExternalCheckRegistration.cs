using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Access.Logins.External;

internal static partial class ExternalCheckRegistration
{
    /// <summary>
    /// Registers each check as an authentication scheme, behind those of tokens and sessions. It reads configuration before the application is built, as they do.
    /// </summary>
    public static ExternalCheckNames AddExternalChecks(this IServiceCollection services, IConfiguration configuration, AccessSchemes schemes, string directory)
    {
        var checks = configuration.GetSection(ExternalCheckOptions.Section).Get<Dictionary<string, ExternalCheckOptions>>() ?? [];

        var authentication = services.AddAuthentication();
        foreach (var (name, options) in checks)
        {
            Check(name, options, schemes);
            authentication.AddScheme<AuthenticationSchemeOptions, ExternalCheckHandler>(name, configureOptions: null);
        }

        if (checks.Count > 0 && schemes.Names is [var only])
        {
            // As without a check: on a route that asks for no login, a token says all the same whose it is.
            services.Configure<AuthenticationOptions>(authentication => authentication.DefaultAuthenticateScheme ??= only);
        }

        var names = new ExternalCheckNames(checks.Keys);
        services.AddSettings<LoginTokenOptions>(LoginTokenOptions.Section);
        services.AddSingleton(names);
        services.AddSingleton(new IdentityHeaders([
            .. checks.Values.SelectMany(check => (string?[])[check.UserHeader, check.RolesHeader, check.GroupsHeader, check.UntilHeader]).OfType<string>().Where(name => name.Length > 0),
        ]));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<LoginTokens>(provider, directory));
        services.AddSingleton<ClusterClient>();
        services.AddSingleton<CheckClient>();
        services.AddSingleton<CheckReport>();
        services.AddSingleton<CheckedSockets>();
        services.AddSingleton<RouteLoginSettings>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ExternalChecks>(provider, checks));
        services.AddSingleton<LoginKeyEndpoints>();
        if (checks.Count > 0)
        {
            services.AddHostedService<LoginWatch>();

            // Before whatever answers other refusals.
            var others = services.Last(service => service.ServiceType == typeof(IAuthorizationMiddlewareResultHandler)).ImplementationType!;
            services.AddSingleton<IAuthorizationMiddlewareResultHandler>(provider => new CheckRefusal(
                provider.GetRequiredService<ExternalChecks>(), (IAuthorizationMiddlewareResultHandler)ActivatorUtilities.CreateInstance(provider, others)));
        }

        return names;
    }

    private static void Check(string name, ExternalCheckOptions options, AccessSchemes schemes)
    {
        var section = $"{ExternalCheckOptions.Section}:{name}";
        if (schemes.Names.Contains(name, StringComparer.Ordinal))
        {
            throw new InvalidSettingException(section, "there is a scheme of this name in Authentication:Schemes as well; expected another name.");
        }

        if (string.IsNullOrEmpty(options.Cluster))
        {
            throw new InvalidSettingException($"{section}:{nameof(options.Cluster)}", "empty; expected the name of a cluster of ReverseProxy:Clusters, whose destinations are asked.");
        }

        if (string.IsNullOrEmpty(options.Path))
        {
            throw new InvalidSettingException($"{section}:{nameof(options.Path)}", "empty; expected the path that is asked there, such as \"/auth/check\".");
        }

        if (options is { Cookies: null or { Count: 0 }, Headers: null or { Count: 0 } })
        {
            throw new InvalidSettingException($"{section}:{nameof(options.Cookies)}", "empty; expected the names of the cookies that hold a login, such as \"sessionid\".");
        }

        foreach (var (index, cookie) in (options.Cookies ?? []).Index())
        {
            if (!CookieName().IsMatch(cookie))
            {
                throw new InvalidSettingException($"{section}:{nameof(options.Cookies)}:{index}", $"'{cookie}' is no name of a cookie; expected one such as \"sessionid\", or \"name*\" for all that begin so.");
            }
        }

        foreach (var (index, header) in (options.Headers ?? []).Index())
        {
            if (!HeaderName().IsMatch(header) || CheckQuestion.IsOwnHeader(header))
            {
                throw new InvalidSettingException($"{section}:{nameof(options.Headers)}:{index}", $"'{header}' is no header that can be passed on; expected a client's own, such as \"X-Device\". What is asked for, of which host and from where, the check is told in any case.");
            }
        }

        foreach (var (property, expected) in Bounds.Broken(options))
        {
            throw new InvalidSettingException($"{section}:{property}", $"'{typeof(ExternalCheckOptions).GetProperty(property)!.GetValue(options)}' is out of bounds; expected {expected}.");
        }
    }

    /// <summary>A token of RFC 9110, section 5.6.2; the star at the end is ours.</summary>
    [GeneratedRegex(@"^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$")]
    private static partial Regex CookieName();

    [GeneratedRegex("^[A-Za-z0-9-]{1,64}$")]
    private static partial Regex HeaderName();
}
