using System.Globalization;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes.Locations;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>Whether routes that are locations can be chosen, and by one rule alone.</summary>
internal static class LocationCheck
{
    /// <summary>What YARP's Match has that a location says by itself.</summary>
    private static readonly string[] InItsPlace = ["Path", "Hosts", "Headers", "QueryParameters"];

    /// <summary>Whether a route is meant to be a location.</summary>
    public static bool IsLocation(Setting route) => route["Match"] is { } match && (match["Location"] ?? match["Server"] ?? match["Within"] ?? match["When"]) is { IsValue: true };

    /// <summary>Looks at one by itself.</summary>
    public static void Check(Setting route, Setting? servers, Setting? routes, Findings findings)
    {
        var match = route["Match"]!;
        foreach (var other in InItsPlace.Select(name => match[name]).OfType<Setting>().Where(other => other.Kind != SettingKind.Null))
        {
            findings.NameError(other, $"stands beside Location, which says which paths; {(other.Name.Equals("Hosts", StringComparison.OrdinalIgnoreCase) ? "name the hosts in the server's Names" : "remove it")}.");
        }

        var known = (servers?.Children ?? []).Select(server => server.Name);
        if (match["Server"] is not { Value: { Length: > 0 } name } server)
        {
            findings.Missing(match, "Server", "a location is one of a server; write the id of one in ReverseProxy:Servers.");
        }
        else if (servers?[name] is null)
        {
            findings.Error(server, known.Any() ? $"no server '{name}'; {Nearest.Hint(name, known)}" : $"no server '{name}'; expected one defined in ReverseProxy:Servers.");
        }

        CheckWhen(match, findings);
        if (match["Location"] is not { Value.Length: > 0 } location)
        {
            if (match["When"] is { Value.Length: > 0 } && match["Within"] is null)
            {
                return;
            }

            findings.Missing(match, "Location", "a route of a server is one of its locations; write \"/\" for all paths, or as nginx does: \"= /x\", \"^~ /x/\", \"~ \\.png$\".");
        }
        else if (Complaint(location.Value) is { } complaint)
        {
            findings.Error(location, complaint);
        }
        else if (LocationPattern.Parse(location.Value).Expression is { IsLinear: false })
        {
            findings.Warning(location, $"this expression looks around or back, so that a path can be made for which it takes long; after {Expression.Deadline.TotalMilliseconds} ms the answer is 500.");
        }

        CheckWithin(match, routes, findings);
    }

    /// <summary>Looks for locations of which neither goes before the other. All have been found good by themselves.</summary>
    public static void CheckTogether(IReadOnlyList<Setting> routes, Findings findings)
    {
        var taken = new Dictionary<string, Setting>(StringComparer.Ordinal);
        foreach (var route in routes)
        {
            var match = route["Match"]!;
            if (match["Location"] is not { Value.Length: > 0 } location)
            {
                if (!taken.TryAdd($"{match["Server"]!.Value!.ToUpperInvariant()}\nfirst {route["Order"]?.Value ?? "0"}", route))
                {
                    findings.Error(match["When"]!, "another route is asked before the locations by the same Order; give them different ones, the lower one is asked first.");
                }

                continue;
            }

            var pattern = LocationPattern.Parse(location.Value!);
            var level = $"{match["Server"]!.Value!.ToUpperInvariant()}\n{match["Within"]?.Value?.ToUpperInvariant()}\n";
            string[] methods = match["Methods"] is { Children.Count: > 0 } named ? [.. named.Children.Select(method => method.Value?.ToUpperInvariant() ?? "")] : [""];
            foreach (var key in methods.Select(method => $"{level}{Kind(pattern)}{pattern.Text}\n{method}\n{match["When"]?.Value}"))
            {
                if (!taken.TryAdd(key, route) && taken[key] != route)
                {
                    findings.Error(match["Location"]!, $"is the location of '{taken[key].Name}' as well; remove one, or give them different Methods or conditions.");
                }
            }

            // Those of the same text are one expression for several methods.
            var order = int.TryParse(route["Order"]?.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;
            var place = $"{level}order {order}";
            if (pattern.Kind == LocationKind.Expression && !taken.TryAdd(place, route) && taken[place].Find("Match", "Location")!.Value != match["Location"]!.Value)
            {
                findings.Error(match["Location"]!, $"neither this expression nor that of '{taken[place].Name}' goes first; give them different Order, the lower one is asked first.");
            }
        }
    }

    private static void CheckWhen(Setting match, Findings findings)
    {
        if (match["When"] is { IsValue: true } when && RequestCondition.FaultOf(when.Value ?? "") is { } fault)
        {
            findings.Error(when, fault);
        }
    }

    private static void CheckWithin(Setting match, Setting? routes, Findings findings)
    {
        if (match["Within"] is not { Value: { Length: > 0 } outer } within)
        {
            return;
        }

        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var name = outer; name is not null; name = routes![name]!.Find("Match", "Within")?.Value)
        {
            if (routes?[name]?["Match"] is not { } around || around["Location"] is null)
            {
                findings.Error(within, $"no route '{name}' with a location; {Nearest.Hint(name, (routes?.Children ?? []).Where(IsLocation).Select(route => route.Name))}");
                return;
            }

            if (!string.Equals(around["Server"]?.Value, match["Server"]?.Value, StringComparison.OrdinalIgnoreCase))
            {
                findings.Error(within, $"'{name}' is a location of another server; a location stands within one of its own server.");
                return;
            }

            if (!seen.Add(name) || seen.Count > 16)
            {
                findings.Error(within, "stands within itself, or more than 16 deep; remove it from one of them.");
                return;
            }
        }
    }

    private static string? Complaint(string location)
    {
        try
        {
            LocationPattern.Parse(location);
            return null;
        }
        catch (ArgumentException exception)
        {
            // The platform adds the name of the parameter.
            return exception.Message.Split(" (Parameter", StringSplitOptions.None)[0];
        }
    }

    /// <summary>A prefix and a final prefix of the same text are the same location.</summary>
    private static string Kind(LocationPattern pattern) => pattern.Kind switch
    {
        LocationKind.Prefix or LocationKind.FinalPrefix => "",
        LocationKind.Exact => "= ",
        LocationKind.Named => "@",
        _ => pattern.Expression!.IgnoresCase ? "~* " : "~ ",
    };
}
