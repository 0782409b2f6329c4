using YarpWs.Gateway.Access;
using YarpWs.Gateway.Settings;

namespace YarpWs.Gateway.Routes;

/// <summary>Checks that what a route names exists. The proxy answers 503 for a route to a missing cluster, and only once somebody asks.</summary>
internal static class RouteReferences
{
    private static readonly string[] BuiltInPolicies = ["default", "anonymous"];
    private static readonly string[] BuiltInCorsPolicies = ["default", "disable"];

    public static void Check(IConfiguration configuration)
    {
        foreach (var route in configuration.GetSection("ReverseProxy:Routes").GetChildren())
        {
            Check(route, "ClusterId", "cluster", configuration.GetSection("ReverseProxy:Clusters"), []);
            Check(route, "AuthorizationPolicy", "policy", configuration.GetSection(PolicyOptions.Section), BuiltInPolicies);
            Check(route, "CorsPolicy", "policy", configuration.GetSection(CorsPolicyOptions.Section), BuiltInCorsPolicies);
        }
    }

    private static void Check(IConfigurationSection route, string property, string kind, IConfigurationSection defined, string[] builtIn)
    {
        string[] known = [.. builtIn, .. defined.GetChildren().Select(child => child.Key)];
        if (route[property] is { Length: > 0 } name && !known.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            throw new InvalidSettingException(
                $"{route.Path}:{property}", $"no {kind} '{name}'; expected {(known.Length == 0 ? $"one defined in {defined.Path}" : $"one of {string.Join(", ", known)}")}.");
        }
    }
}
