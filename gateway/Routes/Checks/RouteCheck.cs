using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>
/// Checks what the routes and clusters mean: that what they name exists, that each can be matched and can answer. The proxy would find out
/// with the first request, and answer it 404, 500, 502 or 503.
/// </summary>
internal static class RouteCheck
{
    /// <param name="root">All settings.</param>
    /// <param name="hasLogins">Whether there is a scheme by which clients can log in.</param>
    /// <param name="findings">Where to complain.</param>
    public static void Check(Setting root, bool hasLogins, Findings findings)
    {
        var proxy = root["ReverseProxy"];
        var routes = Objects(proxy?["Routes"]);
        var clusters = Objects(proxy?["Clusters"]);
        if (proxy?["Routes"] is not { Children.Count: > 0 })
        {
            findings.Add(new(
                Severity.Error,
                (proxy?["Routes"] ?? proxy ?? root).Location,
                "ReverseProxy:Routes",
                "there is no route, so every request would be answered 404; add one, such as \"home\": { \"ClusterId\": \"backend\", \"Match\": { \"Path\": \"/{**rest}\" } }."));
        }

        foreach (var route in routes)
        {
            CheckCluster(route, proxy?["Clusters"], findings);
            if (route["AuthRequest"] is { Kind: SettingKind.Object } question)
            {
                CheckReference(question, "Cluster", "a question needs one", proxy?["Clusters"], findings);
            }

            PolicyCheck.Check(route, root, findings);
            if (!hasLogins)
            {
                PolicyCheck.CheckLogin(route, root, findings);
            }

            if (LocationCheck.IsLocation(route))
            {
                LocationCheck.Check(route, proxy?["Servers"], proxy?["Routes"], findings);
            }
            else
            {
                MatchCheck.Check(route, findings);
            }

            ServerCheck.CheckMaps(route, proxy?["Servers"], findings);
            TransformCheck.Check(route, findings);
            CheckBounds(route, findings);
        }

        foreach (var cluster in clusters)
        {
            ClusterCheck.Check(cluster, findings);
        }

        var checks = Objects(root.Find("Authentication", "Checks"));
        foreach (var check in checks)
        {
            if (check["Cluster"] is { Value.Length: > 0 } cluster && clusters.TrueForAll(known => !known.Name.Equals(cluster.Value, StringComparison.OrdinalIgnoreCase)))
            {
                findings.Error(cluster, $"no cluster '{cluster.Value}'; {Nearest.Hint(cluster.Value, clusters.Select(known => known.Name))}");
            }
        }

        var servers = Objects(proxy?["Servers"]);
        ServerCheck.Check(servers, findings);

        // What follows compares routes and clusters with each other, and would find what is a consequence alone.
        if (!findings.HasErrors)
        {
            OverlapCheck.Check([.. routes.Where(route => !LocationCheck.IsLocation(route))], findings);
            ServerCheck.CheckUse(servers, routes, findings);
            LocationCheck.CheckTogether([.. routes.Where(LocationCheck.IsLocation)], findings);
            var named = routes.Select(route => route["ClusterId"]?.Value).Concat(routes.Select(route => route.Find("AuthRequest", "Cluster")?.Value)).Concat(checks.Select(check => check["Cluster"]?.Value)).ToHashSet(StringComparer.OrdinalIgnoreCase);
            foreach (var cluster in clusters.Where(cluster => !named.Contains(cluster.Name)))
            {
                findings.Warning(cluster, "no route names this cluster as its ClusterId; remove it, or add the route.");
            }
        }
    }

    /// <summary>The routes or clusters that can be looked into; the others have been complained about.</summary>
    private static List<Setting> Objects(Setting? section) =>
        section is { Kind: SettingKind.Object } ? [.. section.Children.Where(one => one.Kind == SettingKind.Object && !one.Name.Contains(':', StringComparison.Ordinal))] : [];

    private static void CheckCluster(Setting route, Setting? clusters, Findings findings)
    {
        var reference = route["ClusterId"];
        if ((route["Answer"] ?? route["Files"]) is { Kind: not SettingKind.Null } answer)
        {
            if (reference is { Value.Length: > 0 })
            {
                findings.Error(reference, $"stands beside {answer.Name}, so that the cluster is never asked; keep one of the two.");
            }
        }
        else
        {
            CheckReference(route, "ClusterId", "a route needs one", clusters, findings);
        }
    }

    private static void CheckReference(Setting from, string key, string why, Setting? clusters, Findings findings)
    {
        var reference = from[key];
        var known = (clusters?.Children ?? []).Select(cluster => cluster.Name);
        if (reference is null or { Kind: SettingKind.Null } or { Value: "" })
        {
            findings.Missing(from, key, known.Any()
                ? $"{why}; write {Nearest.OneOf(known)}."
                : $"{why}; add a cluster to ReverseProxy:Clusters, and name it here.");
        }
        else if (clusters is null or { Kind: SettingKind.Object } && reference.Value is { } name && clusters?[name] is null)
        {
            findings.Error(reference, known.Any()
                ? $"no cluster '{name}'; {Nearest.Hint(name, known)}"
                : $"no cluster '{name}'; expected one defined in ReverseProxy:Clusters.");
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
}
