using YarpWs.Gateway.Routes.Locations;
using YarpWs.Gateway.Routes.Text;
using YarpWs.Gateway.Sockets;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes;

internal enum ChangeKind
{
    Added,
    Changed,
    Removed,
}

/// <summary>One route, cluster or destination that differs between two configurations.</summary>
/// <param name="What">"server", "route", "cluster" or "destination".</param>
/// <param name="Id">A destination's has its cluster in front: <c>backend/a</c>.</param>
/// <param name="Kind">What happens to it.</param>
/// <param name="Keys">What differs in it, as "Key: old → new"; the values of transforms, headers, fixed answers and metadata may be secrets and are left out.</param>
/// <param name="Sockets">Live sockets on it now.</param>
internal sealed record RouteChange(string What, string Id, ChangeKind Kind, IReadOnlyList<string> Keys, int Sockets);

/// <summary>What a configuration changes of another.</summary>
/// <param name="Changes">Servers first, then routes, then clusters, then destinations.</param>
/// <param name="Sockets">Live sockets on any of what changes, each counted once.</param>
internal sealed record RoutePlan(IReadOnlyList<RouteChange> Changes, int Sockets)
{
    /// <summary>What of a route may hold a secret.</summary>
    private static readonly string[] WithSecrets = ["Transforms", "Headers", "RequestHeaders", "AuthRequest", "Answer"];

    public static RoutePlan Between(CheckedRoutes before, CheckedRoutes after, SocketTable table)
    {
        var sockets = table.All.Select(socket => new SocketTarget(socket.Origin.Route, socket.Origin.Cluster, socket.Origin.Destination)).ToList();
        var touched = new HashSet<SocketTarget>();
        var changes = new List<RouteChange>();
        Add("server", Part(before, "Servers"), Part(after, "Servers"), [], _ => "");
        Add("route", Part(before, "Routes"), Part(after, "Routes"), [], socket => socket.Route);
        Add("cluster", Part(before, "Clusters"), Part(after, "Clusters"), ["Destinations"], socket => socket.Cluster);
        Add("destination", Destinations(before), Destinations(after), [], socket => $"{socket.Cluster}/{socket.Destination}");
        return new RoutePlan(changes, sockets.Count(touched.Contains));

        void Add(string what, Dictionary<string, Setting> old, Dictionary<string, Setting> @new, string[] except, Func<SocketTarget, string> key)
        {
            var byId = sockets.ToLookup(key, StringComparer.OrdinalIgnoreCase);
            foreach (var id in old.Keys.Union(@new.Keys, StringComparer.OrdinalIgnoreCase))
            {
                var keys = Differences(old.GetValueOrDefault(id), @new.GetValueOrDefault(id), except);
                if (old.ContainsKey(id) && @new.ContainsKey(id) && keys.Count == 0)
                {
                    continue;
                }

                var kind = !old.ContainsKey(id) ? ChangeKind.Added : @new.ContainsKey(id) ? ChangeKind.Changed : ChangeKind.Removed;
                touched.UnionWith(byId[id]);
                changes.Add(new RouteChange(what, id, kind, kind == ChangeKind.Changed ? keys : [], byId[id].Count()));
            }
        }
    }

    /// <summary>The routes that requests may now be answered differently on.</summary>
    public IReadOnlySet<string> RoutesIn(CheckedRoutes after)
    {
        var routes = Changes.Where(change => change.What == "route").Select(change => change.Id).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var servers = Changes.Where(change => change.What == "server").Select(change => change.Id).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var clusters = Changes.Where(change => change.What is "cluster" or "destination").Select(change => change.Id.Split('/')[0]).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return after.Routes
            .Where(route => (route.ClusterId is { } cluster && clusters.Contains(cluster)) || routes.Contains(route.RouteId) || (servers.Count > 0 && RouteLocation.Of(route) is { } location && servers.Contains(location.Id)))
            .Select(route => route.RouteId)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    private static Dictionary<string, Setting> Part(CheckedRoutes content, string section) =>
        (content.Settings.Find("ReverseProxy", section)?.Children ?? []).ToDictionary(one => one.Name, StringComparer.OrdinalIgnoreCase);

    private static Dictionary<string, Setting> Destinations(CheckedRoutes content) => Part(content, "Clusters")
        .SelectMany(cluster => (cluster.Value["Destinations"]?.Children ?? []).Select(one => (Id: $"{cluster.Key}/{one.Name}", one)))
        .ToDictionary(pair => pair.Id, pair => pair.one, StringComparer.OrdinalIgnoreCase);

    private static List<string> Differences(Setting? before, Setting? after, string[] except)
    {
        var (old, @new) = (Flat(before, except), Flat(after, except));
        return
        [
            .. old.Keys.Union(@new.Keys, StringComparer.OrdinalIgnoreCase)
                .Where(key => old.GetValueOrDefault(key) != @new.GetValueOrDefault(key))
                .Select(key => IsSecret(key) ? key : $"{key}: {old.GetValueOrDefault(key) ?? "-"} → {@new.GetValueOrDefault(key) ?? "-"}"),
        ];
    }

    private static bool IsSecret(string key) => key.Contains("Metadata", StringComparison.OrdinalIgnoreCase)
        || Array.Exists(WithSecrets, section => key.StartsWith(section, StringComparison.OrdinalIgnoreCase));

    private static Dictionary<string, string?> Flat(Setting? setting, string[] except) => (setting?.Children ?? [])
        .Where(child => !except.Contains(child.Name, StringComparer.OrdinalIgnoreCase))
        .SelectMany(child => child.Flatten())
        .ToDictionary(pair => pair.Key[(setting!.Path.Length + 1)..], pair => pair.Value, StringComparer.OrdinalIgnoreCase);

    private sealed record SocketTarget(string Route, string Cluster, string Destination);
}
