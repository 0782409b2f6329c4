using YarpWs.Gateway.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>
/// Checks what the routes and clusters mean: that what they name exists, that each can be matched and can answer. The proxy would find out
/// with the first request, and answer it 404, 500, 502 or 503.
/// </summary>
internal static class RouteCheck
{
    public static void Check(Setting root, Findings findings)
    {
        var proxy = root["ReverseProxy"];
        var routes = Objects(proxy?["Routes"], findings);
        var clusters = Objects(proxy?["Clusters"], findings);
        if (proxy?["Routes"] is not { Children.Count: > 0 })
        {
            findings.Add(new(
                Severity.Error,
                (proxy?["Routes"] ?? proxy ?? root).Place,
                "ReverseProxy:Routes",
                "there is no route, so every request would be answered 404; add one, such as \"home\": { \"ClusterId\": \"backend\", \"Match\": { \"Path\": \"/{**rest}\" } }."));
        }

        foreach (var route in routes)
        {
            CheckCluster(route, proxy?["Clusters"], findings);
            PolicyCheck.Check(route, root, findings);
            MatchCheck.Check(route, findings);
            TransformCheck.Check(route, findings);
            CheckBounds(route, findings);
        }

        foreach (var cluster in clusters)
        {
            ClusterCheck.Check(cluster, findings);
        }

        // What follows compares routes and clusters with each other, and would find what is a consequence alone.
        if (!findings.HasErrors)
        {
            OverlapCheck.Check(routes, findings);
            foreach (var cluster in clusters.Where(cluster => !routes.Exists(route => Names(route["ClusterId"], cluster.Name))))
            {
                findings.Warning(cluster, "no route names this cluster as its ClusterId; remove it, or add the route.");
            }
        }
    }

    /// <summary>The routes or clusters that can be looked into; the others have been complained about.</summary>
    private static List<Setting> Objects(Setting? section, Findings findings)
    {
        foreach (var one in section?.Children ?? [])
        {
            if (one.Name.Contains(':', StringComparison.Ordinal))
            {
                findings.NameError(one, "an id cannot hold a colon, which divides the parts of a key; write another character.");
            }
        }

        return section is { Kind: SettingKind.Object } ? [.. section.Children.Where(one => one.Kind == SettingKind.Object && !one.Name.Contains(':', StringComparison.Ordinal))] : [];
    }

    private static void CheckCluster(Setting route, Setting? clusters, Findings findings)
    {
        var reference = route["ClusterId"];
        string[] known = [.. (clusters?.Children ?? []).Select(cluster => cluster.Name)];
        if (reference is null or { Kind: SettingKind.Null } or { Value: "" })
        {
            findings.Missing(route, "ClusterId", known.Length == 0
                ? "a route needs one; add a cluster to ReverseProxy:Clusters, and name it here."
                : $"a route needs one; write one of {string.Join(", ", known)}.");
        }
        else if (clusters is null or { Kind: SettingKind.Object } && reference.Value is { } name && !known.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            findings.Error(reference, known.Length == 0
                ? $"no cluster '{name}'; expected one defined in ReverseProxy:Clusters."
                : $"no cluster '{name}'; {Nearest.Hint(name, known)}");
        }
    }

    private static void CheckBounds(Setting route, Findings findings)
    {
        if (route["Timeout"] is { } timeout && TimeSpan.TryParse(timeout.Value, out var time) && time == TimeSpan.Zero)
        {
            findings.Error(timeout, "a time of 0 would end every request; write a longer one, or remove it for none.");
        }

        if (route["Timeout"] is { IsValue: true } && route["TimeoutPolicy"] is { IsValue: true } policy)
        {
            findings.Error(policy, "stands beside Timeout; keep one of the two.");
        }

        if (route["MaxRequestBodySize"] is { } size && long.TryParse(size.Value, out var bytes) && bytes < -1)
        {
            findings.Error(size, $"'{size.Value}' is no size; write a number of bytes, or -1 for no limit.");
        }
    }

    private static bool Names(Setting? reference, string name) => name.Equals(reference?.Value, StringComparison.OrdinalIgnoreCase);
}
