using Microsoft.AspNetCore.Cors.Infrastructure;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Access.Origins;

/// <summary>The CORS policies that routes name.</summary>
internal static class CorsPolicies
{
    public static void AddCorsPolicies(this IServiceCollection services, IConfiguration configuration)
    {
        var policies = configuration.GetSection(CorsPolicyOptions.Section).Get<Dictionary<string, CorsPolicyOptions>>() ?? [];
        var origins = policies.ToDictionary(policy => policy.Key, policy => new OriginList($"{CorsPolicyOptions.Section}:{policy.Key}:{nameof(CorsPolicyOptions.Origins)}", policy.Value.Origins));
        services.AddCors(cors =>
        {
            foreach (var (name, options) in policies)
            {
                cors.AddPolicy(name, Build(options, origins[name]));
            }
        });
        services.AddSingleton(new PrivateNetworkPolicies(policies.Where(policy => policy.Value.PrivateNetwork).Select(policy => policy.Key).ToHashSet(StringComparer.OrdinalIgnoreCase)));

        foreach (var (name, options) in policies)
        {
            if (options.Credentials && origins[name].AllowsAny)
            {
                throw new InvalidSettingException(
                    $"{CorsPolicyOptions.Section}:{name}:Credentials", "not together with origin '*', which browsers refuse; expected the origins by name.");
            }
        }
    }

    private static CorsPolicy Build(CorsPolicyOptions options, OriginList origins)
    {
        var policy = new CorsPolicyBuilder()
            .WithMethods([.. options.Methods ?? []])
            .WithHeaders([.. options.Headers ?? []])
            .WithExposedHeaders([.. options.ExposedHeaders ?? []]);
        if (origins.AllowsAny)
        {
            policy.AllowAnyOrigin();
        }
        else
        {
            policy.SetIsOriginAllowed(origins.Allows);
        }

        if (options.Credentials)
        {
            policy.AllowCredentials();
        }

        if (options.MaxAge is { } maxAge)
        {
            policy.SetPreflightMaxAge(maxAge);
        }

        return policy.Build();
    }
}
