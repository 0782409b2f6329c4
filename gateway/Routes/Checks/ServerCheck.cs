using System.Text.RegularExpressions;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes.Locations;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>Whether each host leads to one server at most.</summary>
internal static partial class ServerCheck
{
    public static void Check(IReadOnlyList<Setting> servers, Findings findings)
    {
        var taken = new Dictionary<(int Port, string Name), Setting>();
        foreach (var server in servers)
        {
            foreach (var port in server["Ports"]?.Children.Where(port => port.IsValue && !(ushort.TryParse(port.Value, out var number) && number > 0)) ?? [])
            {
                findings.Error(port, $"'{port.Value}' is no port; write 1 to 65535.");
            }

            foreach (var name in server["Names"]?.Children.Where(name => name.IsValue) ?? [])
            {
                if (Complaint(name.Value!) is { } complaint)
                {
                    findings.Error(name, complaint);
                }
            }

            foreach (var map in server["Maps"]?.Children.Where(map => map.Kind == SettingKind.Object) ?? [])
            {
                CheckMap(map, findings);
            }

            CheckTaken(server, taken, findings);
        }
    }

    /// <summary>Looks for maps that texts of a route name and its server has not.</summary>
    public static void CheckMaps(Setting route, Setting? servers, Findings findings)
    {
        var known = (servers?[route.Find("Match", "Server")?.Value ?? ""]?["Maps"]?.Children ?? []).Select(map => map.Name).ToList();
        foreach (var text in Texts(route))
        {
            foreach (var name in MapName().Matches(text.Value!).Select(match => match.Groups["name"].Value).Where(name => !known.Contains(name, StringComparer.Ordinal)))
            {
                findings.Error(text, $"no map '{name}'; {(known.Count > 0 ? Nearest.Hint(name, known) : "expected one defined in the Maps of the route's server.")}");
            }
        }
    }

    private static IEnumerable<Setting> Texts(Setting setting) => setting.IsValue && setting.Value is not null ? [setting] : setting.Children.SelectMany(Texts);

    private static void CheckMap(Setting map, Findings findings)
    {
        if (map.Name.AsSpan().ContainsAnyExcept(RequestVariables.NameCharacters))
        {
            findings.NameError(map, "is no name of a map; write letters, digits and '_'.");
        }

        if (map["Of"] is not { Value.Length: > 0 })
        {
            findings.Missing(map, "Of", "nothing says what is looked up; write it, such as \"$cookie_release\".");
        }

        foreach (var text in new[] { map["Of"], map["Default"] }.Concat(map["Values"]?.Children.Select(value => value["Then"]) ?? []).OfType<Setting>().Where(text => text.IsValue))
        {
            if (RequestText.FaultOf(text.Value ?? "") is { } fault)
            {
                findings.Error(text, fault);
            }
        }

        foreach (var value in map["Values"]?.Children ?? [])
        {
            if (value["Is"] is not { IsValue: true } key || value["Then"] is not { IsValue: true })
            {
                findings.Error(value, "a line of a map has both, { \"Is\": TEXT, \"Then\": VALUE }.");
                continue;
            }

            try
            {
                Expression.FromMarked(key.Value ?? "");
            }
            catch (ArgumentException exception)
            {
                findings.Error(key, $"is no expression here: {Expression.FaultIn(exception)}");
            }
        }
    }

    [GeneratedRegex(@"(?<!\$)\$\{?map_(?<name>\w+)")]
    private static partial Regex MapName();

    /// <summary>Looks for servers that answer nothing. All else has been found good.</summary>
    public static void CheckUse(IReadOnlyList<Setting> servers, IReadOnlyList<Setting> routes, Findings findings)
    {
        var used = routes.Select(route => route.Find("Match", "Server")?.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var server in servers.Where(server => !used.Contains(server.Name)))
        {
            findings.Warning(server, "no route is a location of this server; remove it, or add the route: \"Match\": { \"Server\": …, \"Location\": \"/\" }.");
        }
    }

    /// <summary>Looks for another server that is asked for the same. One without ports is asked on all, and gives way to one that names the port.</summary>
    private static void CheckTaken(Setting server, Dictionary<(int Port, string Name), Setting> taken, Findings findings)
    {
        var settings = ServerSettings.Read(server);
        foreach (var port in settings.Ports is { Count: > 0 } ports ? ports : [0])
        {
            foreach (var name in (settings.Names ?? []).Select(name => name.ToLowerInvariant()).Distinct())
            {
                if (!taken.TryAdd((port, name), server))
                {
                    findings.Error(server["Names"]!, $"'{name}' is a name of '{taken[(port, name)].Name}' as well; remove it from one of the two.");
                }
            }

            // No host has this name.
            if (settings.Default && !taken.TryAdd((port, "*"), server))
            {
                findings.Error(server["Default"]!, $"'{taken[(port, "*")].Name}' is there for all other hosts already; remove this from one of the two.");
            }
        }
    }

    private static string? Complaint(string name)
    {
        if (name.StartsWith('~'))
        {
            return Expression.FaultOf(name[1..], ignoreCase: true) is { } fault ? $"'{name}' is no expression here: {fault}" : null;
        }

        return name switch
        {
            "" => null,
            "_" => "'_' is nginx's way to name none; write \"Default\": true for all other hosts.",
            _ when name.AsSpan().ContainsAny(" ,;/:") => $"'{name}' is no name; write the host alone, without a port, and several as a list.",
            _ when name.TrimStart('*').TrimStart('.').TrimEnd('*').Contains('*', StringComparison.Ordinal) || name is ['*'] or ['*', not '.', ..] or [.., not '.', '*'] =>
                $"'{name}': an asterisk stands for whole parts at one end: \"*.example.com\" or \"www.example.*\".",
            _ => null,
        };
    }
}
