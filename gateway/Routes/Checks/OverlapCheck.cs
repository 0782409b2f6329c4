using System.Globalization;
using Microsoft.AspNetCore.Routing.Patterns;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>
/// Finds routes of which neither goes before the other, so that a request that both match is answered 500, and routes that another one
/// leaves nothing. Looks at routes whose parts have all been found good.
/// </summary>
internal static class OverlapCheck
{
    public static void Check(IReadOnlyList<Setting> routes, Findings findings)
    {
        var matches = routes.Select(Match.Of).ToList();
        foreach (var same in matches.GroupBy(match => match.Key, StringComparer.OrdinalIgnoreCase))
        {
            CheckSame([.. same], findings);
        }

        var greedy = new Dictionary<string, Match>(StringComparer.OrdinalIgnoreCase);
        foreach (var match in matches.Where(match => match.TakesAllBelow).OrderBy(match => match.Order))
        {
            greedy.TryAdd(match.Prefixes[^1], match);
        }

        foreach (var match in matches)
        {
            if (match.Prefixes.Select(greedy.GetValueOrDefault).Where(other => other?.Order < match.Order).MinBy(other => other!.Order) is { } first)
            {
                findings.Warning(
                    match.Path ?? match.Route,
                    $"is never matched: '{first.Route.Name}' takes all of {first.Path!.Value} first, by Order {first.Order} before {match.Order}; give this one a lower Order.");
            }
        }
    }

    private static void CheckSame(List<Match> same, Findings findings)
    {
        // One that names a host goes before one that names none, so that none is a host like any other here; and so with methods.
        var taken = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var index = 0; index < same.Count; index++)
        {
            var (match, earliest) = (same[index], index);
            foreach (var key in OrNone(match.Hosts).SelectMany(_ => OrNone(match.Methods), (host, method) => $"{method} {host}"))
            {
                if (!taken.TryAdd(key, index))
                {
                    earliest = Math.Min(earliest, taken[key]);
                }
            }

            if (earliest < index)
            {
                findings.Error(
                    match.Path ?? match.Route,
                    $"matches the same requests as '{same[earliest].Route.Name}', which would be answered 500; remove one, or give them different Order, Hosts or Methods.");
            }
        }
    }

    private static string[] OrNone(string[] names) => names.Length == 0 ? [""] : names;

    /// <summary>
    /// What decides about a route. The key is the same for routes between which only hosts and methods decide. The prefixes are
    /// what its path begins with, from "" to all segments before the first parameter. A route that takes all below the last of them matches
    /// everything that begins so, whatever else there is to a request.
    /// </summary>
    private sealed record Match(Setting Route, Setting? Path, int Order, string Key, string[] Prefixes, bool TakesAllBelow, string[] Hosts, string[] Methods)
    {
        public static Match Of(Setting route)
        {
            var match = route["Match"];
            var path = match?["Path"] is { Value.Length: > 0 } given ? given : null;
            var pattern = RoutePatternFactory.Parse(path?.Value ?? "/{**rest}");
            var order = int.TryParse(route["Order"]?.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;
            List<string> prefixes = [""];
            foreach (var segment in pattern.PathSegments.TakeWhile(segment => segment.IsSimple && segment.Parts[0].IsLiteral))
            {
                prefixes.Add($"{prefixes[^1]}/{((RoutePatternLiteralPart)segment.Parts[0]).Content}");
            }

            var isAllBelow = path is not null && pattern.PathSegments.Count == prefixes.Count
                && pattern.PathSegments[^1].Parts[0] is RoutePatternParameterPart { IsCatchAll: true, ParameterPolicies.Count: 0 }
                && Values(match?["Hosts"]).Length == 0 && Values(match?["Methods"]).Length == 0
                && Flat(match?["Headers"]).Length == 0 && Flat(match?["QueryParameters"]).Length == 0;
            var key = string.Join(' ', order, string.Join('/', pattern.PathSegments.Select(Shape)), Flat(match?["Headers"]), Flat(match?["QueryParameters"]));
            return new Match(route, path, order, key, [.. prefixes], isAllBelow, Values(match?["Hosts"]), Values(match?["Methods"]));
        }

        /// <summary>Names of parameters do not tell routes apart; their constraints do.</summary>
        private static string Shape(RoutePatternPathSegment segment) => string.Concat(segment.Parts.Select(part => part switch
        {
            RoutePatternLiteralPart literal => literal.Content,
            RoutePatternSeparatorPart separator => separator.Content,
            RoutePatternParameterPart parameter =>
                $"{{{(parameter.IsCatchAll ? "**" : "")}{(parameter.IsOptional ? "?" : "")}:{string.Join(':', parameter.ParameterPolicies.Select(policy => policy.Content))}}}",
            _ => "",
        }));

        private static string[] Values(Setting? list) => [.. list?.Children.Select(one => one.Value ?? "") ?? []];

        private static string Flat(Setting? setting) => string.Join(';', setting?.Flatten().Select(pair => $"{pair.Key[setting.Path.Length..]}={pair.Value}") ?? []);
    }
}
