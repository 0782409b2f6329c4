using System.Globalization;
using Microsoft.AspNetCore.Routing.Patterns;
using YarpWs.Gateway.Settings;

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
        foreach (var same in matches.GroupBy(match => match.Key, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
        {
            CheckSame([.. same], findings);
        }

        foreach (var greedy in matches.Where(match => match.TakesAllBelow is not null))
        {
            foreach (var shadowed in matches.Where(match => match.Order > greedy.Order && IsBelow(match.Literals, greedy.TakesAllBelow!)))
            {
                findings.Warning(
                    shadowed.Path ?? shadowed.Route,
                    $"is never matched: '{greedy.Route.Name}' takes all of {greedy.Path!.Value} first, by Order {greedy.Order} before {shadowed.Order}; give this one a lower Order.");
            }
        }
    }

    private static void CheckSame(List<Match> same, Findings findings)
    {
        for (var later = 1; later < same.Count; later++)
        {
            var first = same.Take(later).FirstOrDefault(earlier => Overlap(earlier.Hosts, same[later].Hosts) && Overlap(earlier.Methods, same[later].Methods));
            if (first is not null)
            {
                findings.Error(
                    same[later].Path ?? same[later].Route,
                    $"matches the same requests as '{first.Route.Name}', which would be answered 500; remove one, or give them different Order, Hosts or Methods.");
            }
        }
    }

    private static bool Overlap(string[] left, string[] right) =>
        (left.Length == 0 && right.Length == 0) || left.Intersect(right, StringComparer.OrdinalIgnoreCase).Any();

    private static bool IsBelow(string[] path, string[] prefix) =>
        path.Length >= prefix.Length && path.Take(prefix.Length).SequenceEqual(prefix, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// What decides about a route. The key is the same for routes between which only hosts and methods decide. A route that takes all below
    /// matches everything that begins with those segments, whatever else there is to a request.
    /// </summary>
    private sealed record Match(Setting Route, Setting? Path, int Order, string Key, string[] Literals, string[]? TakesAllBelow, string[] Hosts, string[] Methods)
    {
        public static Match Of(Setting route)
        {
            var match = route["Match"];
            var path = match?["Path"] is { Value.Length: > 0 } given ? given : null;
            var pattern = RoutePatternFactory.Parse(path?.Value ?? "/{**rest}");
            var order = int.TryParse(route["Order"]?.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;
            string[] literals = [.. pattern.PathSegments.TakeWhile(segment => segment.IsSimple && segment.Parts[0].IsLiteral).Select(segment => ((RoutePatternLiteralPart)segment.Parts[0]).Content)];
            var isAllBelow = pattern.PathSegments.Count == literals.Length + 1
                && pattern.PathSegments[^1].Parts[0] is RoutePatternParameterPart { IsCatchAll: true, ParameterPolicies.Count: 0 }
                && Values(match?["Hosts"]).Length == 0 && Values(match?["Methods"]).Length == 0
                && Flat(match?["Headers"]).Length == 0 && Flat(match?["QueryParameters"]).Length == 0;
            var key = string.Join(' ', order, string.Join('/', pattern.PathSegments.Select(Shape)), Flat(match?["Headers"]), Flat(match?["QueryParameters"]));
            return new Match(route, path, order, key, literals, isAllBelow && path is not null ? literals : null, Values(match?["Hosts"]), Values(match?["Methods"]));
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
