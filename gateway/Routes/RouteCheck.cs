using YarpWs.Gateway.Settings;

namespace YarpWs.Gateway.Routes;

/// <summary>
/// Checks that what a route names exists and that destinations have addresses. The proxy answers 502 or 503 otherwise, and only once
/// somebody asks.
/// </summary>
internal static class RouteCheck
{
    private static readonly string[] BuiltInPolicies = ["default", "anonymous"];
    private static readonly string[] BuiltInCorsPolicies = ["default", "disable"];

    public static void Check(Setting root, List<Diagnostic> diagnostics)
    {
        var proxy = root["ReverseProxy"];
        if (proxy?["Routes"] is not { Children.Count: > 0 })
        {
            diagnostics.Add(new(
                Severity.Error,
                (proxy?["Routes"] ?? proxy ?? root).Place,
                "ReverseProxy:Routes",
                "there is no route, so every request would be answered 404; add one, such as \"home\": { \"ClusterId\": \"backend\", \"Match\": { \"Path\": \"/{**rest}\" } }."));
        }

        foreach (var route in proxy?["Routes"]?.Children ?? [])
        {
            Reference(route["ClusterId"], "cluster", "ReverseProxy:Clusters", proxy?["Clusters"], []);
            Reference(route["AuthorizationPolicy"], "policy", "Authorization:Policies", root.Find("Authorization", "Policies"), BuiltInPolicies);
            Reference(route["CorsPolicy"], "policy", "Cors:Policies", root.Find("Cors", "Policies"), BuiltInCorsPolicies);
        }

        foreach (var destination in (proxy?["Clusters"]?.Children ?? []).SelectMany(cluster => cluster["Destinations"]?.Children ?? []))
        {
            var address = destination["Address"];
            if (!Uri.TryCreate(address?.Value, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            {
                diagnostics.Add(new(
                    Severity.Error,
                    (address is null ? destination : address).ValuePlace,
                    address?.Path ?? $"{destination.Path}:Address",
                    $"'{address?.Value}' is no address; expected http://HOST:PORT or https://HOST:PORT."));
            }
        }

        void Reference(Setting? reference, string kind, string section, Setting? defined, string[] builtIn)
        {
            string[] known = [.. builtIn, .. (defined?.Children ?? []).Select(child => child.Name)];
            if (reference is { Value: { Length: > 0 } name } && !known.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                diagnostics.Add(new(
                    Severity.Error,
                    reference.ValuePlace,
                    reference.Path,
                    $"no {kind} '{name}'; {(known.Length == 0 ? $"expected one defined in {section}." : Nearest.Hint(name, known))}"));
            }
        }
    }
}
