using System.Text.RegularExpressions;
using YarpWs.Gateway.Import.Grammar;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>The map blocks that depend on the request, as the Maps of a server have them. One that cannot be kept is none here, and what uses it says so.</summary>
internal sealed partial class NginxMaps
{
    /// <summary>A server asks eight for one value, of which what is compared may be others.</summary>
    private const int DeepestMade = 4;

    private readonly Dictionary<string, Directive> _read = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CommentedJson> _translated = new(StringComparer.Ordinal);

    /// <summary>How many of those that are made of conditions ask each other.</summary>
    private readonly Dictionary<string, int> _depths = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => _translated.Keys;

    public void Add(string name, Directive map) => _read[name] = map;

    /// <summary>Adds one that is made of conditions, and returns its name; null where it would ask more others than a server allows.</summary>
    /// <param name="variable">What it says the value of.</param>
    /// <param name="table">As a server's Maps has it.</param>
    /// <param name="from">What it is made of.</param>
    public string? AddMade(string variable, CommentedJson table, Directive from)
    {
        var depth = 1 + Named().Matches(table.ToString()).Max(match => (int?)_depths.GetValueOrDefault(match.Groups["name"].Value)) ?? 1;
        if (depth > DeepestMade)
        {
            return null;
        }

        var name = $"{variable}_if{_depths.Count + 1}";
        _depths[name] = depth;
        _read[name] = from;
        _translated[name] = table;
        return name;
    }

    public bool Has(string name) => _translated.ContainsKey(name);

    /// <summary>Maps of other maps go behind these.</summary>
    public void Translate(Variables variables, ImportReport report)
    {
        for (var count = -1; count < _translated.Count;)
        {
            count = _translated.Count;
            foreach (var (name, map) in _read.Where(map => !_translated.ContainsKey(map.Key)).ToList())
            {
                if ((map.Name == "geo" ? NetworkTable.Of(map, variables) : Of(map, variables)) is { } json)
                {
                    _translated[name] = json;
                    report.Say(map, ImportOutcome.Kept, $"Maps of the servers that use it, as $map_{name}.");
                }
            }
        }
    }

    /// <summary>Null where one of the results follows from the request itself, or there is no such map.</summary>
    public IReadOnlyList<string>? ResultsOf(string name)
    {
        if (!_translated.TryGetValue(name, out var map))
        {
            return null;
        }

        List<string> results = [.. map.List("Values").OfType<CommentedJson>().Select(value => value.Text("Then")!), map.Text("Default")!];
        return results.Exists(result => result.Contains('$', StringComparison.Ordinal)) ? null : [.. results.Distinct()];
    }

    /// <summary>Those that the text of routes names, and those that these name; null for none.</summary>
    public CommentedJson? UsedBy(IEnumerable<CommentedJson> routes)
    {
        var used = new CommentedJson();
        var texts = new Queue<string>(routes.Select(route => route.ToString()));
        while (texts.TryDequeue(out var text))
        {
            foreach (var name in Named().Matches(text).Select(match => match.Groups["name"].Value).Where(Has).Distinct())
            {
                var map = _translated[name];
                if (used.Object(name) != map)
                {
                    used.Set(name, map, $"{Upstreams.Place(_read[name])}: {_read[name]}");
                    texts.Enqueue(map.ToString());
                }
            }
        }

        return used.IsEmpty ? null : used;
    }

    private static CommentedJson? Of(Directive map, Variables variables)
    {
        if (variables.Translate(map.Argument).Text is not { } source || map.Inner.Any(line => line.Name == "include"))
        {
            return null;
        }

        var hasHosts = map.Inner.Any(line => line.Name == "hostnames");
        var fallback = "";
        var texts = new List<object>();
        var hosts = new List<(int Length, CommentedJson Line)>();
        var expressions = new List<object>();
        foreach (var line in map.Inner.Where(line => line.Name is not ("hostnames" or "volatile")))
        {
            if (variables.Translate(line.Argument).Text is not { } result)
            {
                return null;
            }

            switch (line.Name)
            {
                case "default":
                    fallback = result;
                    break;
                case ['~', ..]:
                    var ignoresCase = line.Name.StartsWith("~*", StringComparison.Ordinal);
                    var expression = line.Name[(ignoresCase ? 2 : 1)..];
                    if (Expression.FaultOf(expression, ignoresCase) is not null || OwnGroup().IsMatch(line.Argument))
                    {
                        return null;
                    }

                    expressions.Add(Line($"{(ignoresCase ? "~*" : "~")} {expression}", result));
                    break;
                case ['*', '.', .. var domain] when hasHosts:
                    hosts.Add((domain.Length, Line($"~* ^.+\\.{Regex.Escape(domain)}$", result)));
                    break;
                case ['.', .. var domain] when hasHosts:
                    hosts.Add((domain.Length, Line($"~* ^(.+\\.)?{Regex.Escape(domain)}$", result)));
                    break;
                case [.., '.', '*'] when hasHosts:
                    return null;
                default:
                    texts.Add(Line(line.Name.StartsWith('\\') ? line.Name[1..] : line.Name, result));
                    break;
            }
        }

        return new CommentedJson().Set("Of", source).Set("Values", (List<object>)[.. texts, .. hosts.OrderByDescending(host => host.Length).Select(host => host.Line), .. expressions]).Set("Default", fallback);
    }

    private static CommentedJson Line(string key, string result) => new CommentedJson().Set("Is", key).Set("Then", result);

    [GeneratedRegex(@"\$\{?map_(?<name>\w+)")]
    private static partial Regex Named();

    [GeneratedRegex(@"\$[1-9]")]
    private static partial Regex OwnGroup();
}
