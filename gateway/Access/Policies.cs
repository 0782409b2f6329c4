using Microsoft.AspNetCore.Authorization;
using YarpWs.Gateway.Access.Logins.External;
using YarpWs.Gateway.Access.Sessions;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Access;

/// <summary>The authorization policies that routes name, and the one that holds where a route names none.</summary>
internal static class Policies
{
    public static void AddPolicies(
        this IServiceCollection services, IConfiguration configuration, AccessSchemes schemes, ExternalCheckNames checks, string? loginScheme)
    {
        var policies = configuration.GetSection(PolicyOptions.Section).Get<Dictionary<string, PolicyOptions>>() ?? [];
        var login = Build(PolicyNames.Default, new PolicyOptions(), schemes, checks);

        var authorization = services.AddAuthorizationBuilder()
            .SetDefaultPolicy(login)
            .SetFallbackPolicy(login);
        services.Configure<PolicyNames>(names => names.All = [PolicyNames.Default, .. policies.Keys]);
        foreach (var (name, options) in policies)
        {
            if (options.NavigationsLogIn)
            {
                CheckLogin(name, options, loginScheme);
            }

            authorization.AddPolicy(name, Build(name, options, schemes, checks));
        }
    }

    private static void CheckLogin(string name, PolicyOptions options, string? loginScheme)
    {
        if (loginScheme is null)
        {
            throw new InvalidSettingException(
                $"{PolicyOptions.Section}:{name}:{nameof(PolicyOptions.NavigationsLogIn)}", "nobody can log in here; expected Sessions with a ClientId, or false.");
        }

        // Beside a check only the schemes count that are named.
        if ((options.Schemes ?? (string.IsNullOrEmpty(options.Check) ? null : [])) is { } counted && !counted.Contains(loginScheme, StringComparer.Ordinal))
        {
            throw new InvalidSettingException(
                $"{PolicyOptions.Section}:{name}:{nameof(PolicyOptions.Schemes)}", $"without {loginScheme}, by whose tokens people log in here (Sessions:Scheme), so that they would log in for ever; expected it among them.");
        }
    }

    private static AuthorizationPolicy Build(string name, PolicyOptions options, AccessSchemes schemes, ExternalCheckNames checks)
    {
        foreach (var (index, scheme) in (options.Schemes ?? []).Index())
        {
            if (!schemes.Names.Contains(scheme, StringComparer.Ordinal))
            {
                throw new InvalidSettingException(
                    $"{PolicyOptions.Section}:{name}:Schemes:{index}", $"no scheme '{scheme}'; expected one of {string.Join(", ", schemes.Names)}.");
            }
        }

        IEnumerable<string> judges = options.Schemes ?? schemes.Names;
        if (options.Check is { Length: > 0 } check)
        {
            if (!checks.All.Contains(check, StringComparer.Ordinal))
            {
                throw new InvalidSettingException(
                    $"{PolicyOptions.Section}:{name}:{nameof(PolicyOptions.Check)}", $"no check '{check}'; expected one defined in {ExternalCheckOptions.Section}.");
            }

            if (options.NavigationsLogIn)
            {
                throw new InvalidSettingException(
                    $"{PolicyOptions.Section}:{name}:{nameof(PolicyOptions.NavigationsLogIn)}", "not beside a Check, whose people log in elsewhere; expected the check's LoginPage instead.");
            }

            checks.Add(name, check, takesTokens: options.Schemes is { Count: > 0 });
            judges = [.. options.Schemes ?? [], check];
        }

        var policy = new AuthorizationPolicyBuilder([.. judges]).RequireAuthenticatedUser();
        if (options.Roles is { Count: > 0 } roles)
        {
            policy.RequireRole(roles);
        }

        foreach (var (type, values) in options.Claims ?? new Dictionary<string, string[]>())
        {
            policy.RequireClaim(type, values);
        }

        if (options.NavigationsLogIn)
        {
            policy.AddRequirements(new NavigationsLogIn());
        }

        return policy.Build();
    }
}

/// <summary>
/// A rule that a route may name as its AuthorizationPolicy. Sections <c>Authorization:Policies:{name}</c>. Every policy requires a valid
/// token, or a login that its check knows; what is given here is required on top.
/// </summary>
internal sealed record PolicyOptions
{
    public const string Section = "Authorization:Policies";

    /// <summary>Roles (claim <c>role</c>), any one of which is enough. Default none required.</summary>
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>Claims that must all be there, each with any one of the values listed. Default none required.</summary>
    public IReadOnlyDictionary<string, string[]>? Claims { get; init; }

    /// <summary>Schemes whose tokens count. Default all; none beside a <see cref="Check"/>.</summary>
    public IReadOnlyList<string>? Schemes { get; init; }

    /// <summary>
    /// The external check of <c>Authentication:Checks</c> that knows the logins which count. Of a request that brings a token to a policy with <see cref="Schemes"/> as well, the token alone counts. Default none.
    /// </summary>
    public string? Check { get; init; }

    /// <summary>Whether a person who opens a page without a login is sent to log in (<c>Sessions</c>). Scripts and sockets get 401 as ever. Default false.</summary>
    public bool NavigationsLogIn { get; init; }
}

/// <summary>The names by which a route can say whose tokens it takes.</summary>
internal sealed record PolicyNames
{
    /// <summary>Holds where a route names none: any valid token.</summary>
    public const string Default = "default";

    /// <summary>The proxy's word for a route that asks for no token.</summary>
    public const string Anonymous = "anonymous";

    public IReadOnlyList<string> All { get; set; } = [Default];
}
