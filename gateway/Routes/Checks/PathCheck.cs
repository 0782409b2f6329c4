using System.Buffers;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing.Patterns;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>Whether a path is a pattern, and not the prefix, glob or expression that other proxies want.</summary>
internal static partial class PathCheck
{
    private static readonly ParameterPolicyFactory Policies = new ServiceCollection().AddLogging().AddRouting().BuildServiceProvider().GetRequiredService<ParameterPolicyFactory>();

    private static readonly SearchValues<char> OfExpressions = SearchValues.Create("^$\\|(");

    private static readonly string[] Constraints = [.. new RouteOptions().ConstraintMap.Keys];

    public static void Check(Setting setting, Setting route, Findings findings)
    {
        if (Complaint(setting.Value!) is { } complaint)
        {
            findings.Error(setting, complaint);
            return;
        }

        RoutePattern pattern;
        try
        {
            pattern = RoutePatternFactory.Parse(setting.Value!);
        }
        catch (RoutePatternException exception)
        {
            findings.Error(setting, $"this is no pattern: {exception.Message.Split('\n')[0].TrimEnd()}");
            return;
        }

        foreach (var (parameter, constraint) in pattern.ParameterPolicies.SelectMany(pair => pair.Value.Select(policy => (pair.Key, policy.Content!))))
        {
            CheckConstraint(setting, pattern.GetParameter(parameter)!, constraint, findings);
        }

        CheckReach(setting, pattern, route, findings);
    }

    private static string? Complaint(string path)
    {
        var literal = InBraces().Replace(path, "");
        return path switch
        {
            _ when path.Contains("://", StringComparison.Ordinal) => $"'{path}' is an address; write the path alone, and the host as Match:Hosts.",
            _ when Modifier().Match(path) is { Success: true } modifier =>
                $"'{modifier.Groups[1].Value}' is a modifier of nginx's locations; write a pattern, such as \"/ws/{{**rest}}\".",
            _ when literal.AsSpan().ContainsAny(OfExpressions) || literal.Contains(".*", StringComparison.Ordinal) =>
                "this is a regular expression, which would be taken letter by letter; write a pattern, such as \"/ws/{**rest}\" or \"/ws/{room:regex(^[a-z]+$)}\".",
            _ when path.Trim() != path => $"'{path}' has spaces around it; remove them.",
            _ when literal.Contains('?', StringComparison.Ordinal) =>
                "a query is no part of a path; write \"QueryParameters\": [ { \"Name\": …, \"Values\": [ … ] } ].",
            _ when literal.Contains('*', StringComparison.Ordinal) => $"'*' is a letter like any other here; write \"{Below(path)}\" for all that lies below.",
            _ when Escape().IsMatch(literal) => $"paths are matched decoded; write \"{Uri.UnescapeDataString(path)}\".",
            _ => null,
        };
    }

    private static void CheckConstraint(Setting setting, RoutePatternParameterPart parameter, string constraint, Findings findings)
    {
        var name = constraint.Split('(')[0];
        if (!Constraints.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            findings.Error(setting, $"no constraint '{name}' for {{{parameter.Name}}}; {Nearest.Hint(name, Constraints)}");
            return;
        }

        try
        {
            Policies.Create(parameter, constraint);
        }
        catch (Exception exception) when (exception is RouteCreationException or ArgumentException)
        {
            findings.Error(setting, $"the constraint '{constraint}' of {{{parameter.Name}}} cannot be read: {exception.GetBaseException().Message.Split('\n')[0].TrimEnd()}");
        }
    }

    /// <summary>A path without a parameter matches itself alone; in nginx it would match all that begins with it.</summary>
    private static void CheckReach(Setting setting, RoutePattern pattern, Setting route, Findings findings)
    {
        var path = setting.Value!;
        var removes = route["Transforms"]?.Children.Any(transform => transform["PathRemovePrefix"] is not null) == true;
        var isMeant = route["Answer"] is not null || route["Files"] is not null;
        var isPrefix = !isMeant && pattern.PathSegments.Count > 0 && pattern.Parameters.Count == 0
            && (path.EndsWith('/') || removes || (pattern.PathSegments.Count == 1 && !path.Contains('.', StringComparison.Ordinal)));
        if (isPrefix)
        {
            findings.Warning(setting, $"matches {path.TrimEnd('/')} alone and nothing below it; write \"{Below(path)}\" for both, or leave it if that is meant.");
        }
    }

    private static string Below(string path) => $"/{path.Split('*')[0].Trim('/')}/{{**rest}}".Replace("//", "/", StringComparison.Ordinal);

    [GeneratedRegex(@"^\s*(=|~\*|\^~|~)\s*/?")]
    private static partial Regex Modifier();

    [GeneratedRegex(@"\{[^{}]*(\{\{.*?\}\}[^{}]*)*\}")]
    private static partial Regex InBraces();

    [GeneratedRegex("%[0-9A-Fa-f]{2}")]
    private static partial Regex Escape();
}
