using YarpWs.Gateway.Access;
using YarpWs.Gateway.Settings;

namespace YarpWs.Gateway.Routes;

/// <summary>
/// Checks that what a route names exists and that destinations have addresses. The proxy answers 502 or 503 otherwise, and only once
/// somebody asks.
/// </summary>
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

        var destinations = configuration.GetSection("ReverseProxy:Clusters").GetChildren().SelectMany(cluster => cluster.GetSection("Destinations").GetChildren());
        foreach (var destination in destinations)
        {
            CheckAddress(destination.GetSection("Address"));
        }
    }

    private static void CheckAddress(IConfigurationSection address)
    {
        if (!Uri.TryCreate(address.Value, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new InvalidSettingException(address.Path, $"'{address.Value}' is no address; expected http://HOST:PORT or https://HOST:PORT.");
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
