using Microsoft.AspNetCore.Cors.Infrastructure;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Access.Origins;

/// <summary>The CORS policies that routes name.</summary>
internal static class CorsPolicies
{
    public static void AddCorsPolicies(this IServiceCollection services, IConfiguration configuration)
    {
        var policies = configuration.GetSection(CorsPolicyOptions.Section).Get<Dictionary<string, CorsPolicyOptions>>() ?? [];
        services.AddCors(cors =>
        {
            foreach (var (name, options) in policies)
            {
                cors.AddPolicy(name, Build(options));
            }
        });

        foreach (var (name, options) in policies)
        {
            if (options.Credentials && options.Origins is { } origins && origins.Contains("*"))
            {
                throw new InvalidSettingException(
                    $"{CorsPolicyOptions.Section}:{name}:Credentials", "not together with origin '*', which browsers refuse; expected the origins by name.");
            }
        }
    }

    private static CorsPolicy Build(CorsPolicyOptions options)
    {
        var policy = new CorsPolicyBuilder([.. options.Origins ?? []])
            .WithMethods([.. options.Methods ?? []])
            .WithHeaders([.. options.Headers ?? []])
            .WithExposedHeaders([.. options.ExposedHeaders ?? []]);
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
