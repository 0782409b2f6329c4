using System.Text.RegularExpressions;
using YarpWs.Gateway.Import.Grammar;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>What variables stand for at one place: constants that <c>set</c> and <c>map</c> make are put in, and what a request says is named as settings name it.</summary>
internal sealed partial class Variables
{
    private static readonly Dictionary<string, string> Renamed = new(StringComparer.Ordinal)
    {
        ["query_string"] = "args",
        ["document_uri"] = "uri",
    };

    /// <summary>What nothing here can make another: no request is taken before its handshake is over.</summary>
    private static readonly Dictionary<string, string> Constants = new(StringComparer.Ordinal) { ["ssl_early_data"] = "" };

    private readonly Dictionary<string, string> _values;
    private readonly HashSet<string> _unsettled;

    /// <summary>Those that follow from the request by a table, each as a server's Maps has it.</summary>
    private readonly NginxMaps _maps;

    /// <summary>By names of nginx's, those of what expressions have caught.</summary>
    private readonly Dictionary<string, string> _captures;

    private Variables(Dictionary<string, string> values, HashSet<string> unsettled, Dictionary<string, string> captures, string? upgradeMap, NginxMaps maps)
    {
        _maps = maps;
        _values = values;
        _unsettled = unsettled;
        _captures = captures;
        UpgradeMap = upgradeMap;
    }

    /// <summary>The variable that a map makes of $http_upgrade; null without such a map.</summary>
    public string? UpgradeMap { get; }

    /// <summary>Those of the http block: what its maps say whatever the request.</summary>
    public static Variables OfHttp(Scope http, ImportReport report)
    {
        var values = new Dictionary<string, string>(Constants, StringComparer.Ordinal);
        var unsettled = new HashSet<string>(StringComparer.Ordinal);
        var maps = new NginxMaps();
        string? upgrade = null;
        foreach (var map in http.Own("map").Where(map => map.Arguments.Count == 2))
        {
            var name = map.Arguments[1].TrimStart('$');
            var results = map.Inner.Where(line => line.Name is not ("hostnames" or "volatile" or "include")).Select(line => line.Argument).Distinct().ToList();
            if (map.Argument.Equals("$http_upgrade", StringComparison.Ordinal))
            {
                upgrade = name;
                report.Say(map, ImportOutcome.Kept, "The gateway opens WebSockets by itself, and says Connection and Upgrade where one is opened.");
            }
            else if (results is [{ } only] && !only.Contains('$', StringComparison.Ordinal) && map.Inner.Any(line => line.Name == "default"))
            {
                values[name] = only;
                report.Say(map, ImportOutcome.Kept, $"It says '{only}' whatever the request, which is put in.");
            }
            else
            {
                unsettled.Add(name);
                maps.Add(name, map);
            }
        }

        var all = new Variables(values, unsettled, [], upgrade, maps);
        foreach (var geo in http.Own("geo").Where(geo => geo.Arguments.Count is 1 or 2))
        {
            unsettled.Add(geo.Arguments[^1].TrimStart('$'));
            maps.Add(geo.Arguments[^1].TrimStart('$'), geo);
        }

        maps.Translate(all, report);
        unsettled.ExceptWith(maps.Names);
        return all;
    }

    /// <summary>With what a block sets, and with other constants.</summary>
    public Variables With(Scope scope, ImportReport report, params IEnumerable<(string Name, string Value)> constants)
    {
        var inner = new Variables(new(_values, StringComparer.Ordinal), new(_unsettled, StringComparer.Ordinal), new(_captures, StringComparer.Ordinal), UpgradeMap, _maps);
        foreach (var (name, value) in constants)
        {
            inner._values[name] = value;
        }

        // What is asked is asked before the location answers; its answer's values have names of their own.
        foreach (var set in scope.FindAll("auth_request_set").Where(set => set.Arguments.Count == 2))
        {
            inner._values[set.Argument.TrimStart('$')] = inner.Fold(OfAnswer().Replace(set.Arguments[1], match => match.Groups["name"].Success ? $"${{auth_{match.Groups["cookie"].Value}{match.Groups["name"].Value}}}" : "${auth_status}"));
        }

        foreach (var step in scope.Directives)
        {
            if (step is { Name: "set", Arguments.Count: 2 })
            {
                var name = step.Argument.TrimStart('$');
                inner._values[name] = inner.Fold(step.Arguments[1]);
                inner._unsettled.Remove(name);
                report.Say(step, ImportOutcome.Kept, "Its value is put in where the variable stands.");
            }
            else if (step.Name == "if" && step.Inner.Any(inside => inside is { Name: "set", Arguments.Count: 2 }))
            {
                inner.SetWhere(step, report);
            }
        }

        return inner;
    }

    /// <summary>Whether something can stand where a variable does.</summary>
    public bool IsKnown(string name) => !_unsettled.Contains(name) && _values.ContainsKey(name);

    /// <summary>What a condition sets is settled by each request: by a map of what is compared, whose value is otherwise what the variable was before.</summary>
    private void SetWhere(Directive condition, ImportReport report)
    {
        var compared = NginxCondition.Of(condition);
        var source = compared is null ? null : Translate(compared.Value).Text;
        foreach (var set in condition.Inner.Where(inside => inside is { Name: "set", Arguments.Count: 2 }))
        {
            var name = set.Argument.TrimStart('$');
            var before = _unsettled.Contains(name) ? null : Translate(_values.GetValueOrDefault(name, "")).Text;
            var then = compared?.Comparison.Contains('~', StringComparison.Ordinal) == true && OwnGroup().IsMatch(set.Arguments[1]) ? null : Translate(set.Arguments[1]).Text;
            if (source is not null && before is not null && then is not null && compared!.Choose(source, then, before, Fold) is { } table && _maps.AddMade(name, table, condition) is { } map)
            {
                _values[name] = $"${{map_{map}}}";
                report.Say(set, ImportOutcome.Kept, "Maps of the server.");
            }
            else
            {
                _unsettled.Add(name);
            }
        }
    }

    /// <summary>With a constant in the place of a variable.</summary>
    public Variables WithConstant(string name, string value)
    {
        var inner = new Variables(new(_values, StringComparer.Ordinal) { [name] = value }, new(_unsettled, StringComparer.Ordinal), _captures, UpgradeMap, _maps);
        inner._unsettled.Remove(name);
        foreach (var (other, _) in _values.Where(one => one.Value == $"${{map_{name}}}"))
        {
            inner._values[other] = value;
        }

        return inner;
    }

    /// <summary>With the groups of a location's expression, or of that of a server's name.</summary>
    public Variables WithCaptures(string? expression, bool isHost)
    {
        if (expression is null || Expression.FaultOf(expression, ignoreCase: false) is not null)
        {
            return this;
        }

        var inner = new Variables(_values, _unsettled, new(_captures, StringComparer.Ordinal), UpgradeMap, _maps);
        var parsed = Expression.Parse(expression, ignoreCase: false);
        var prefix = isHost ? "host_" : "location_";
        foreach (var name in parsed.Names.Keys.Concat(Enumerable.Range(1, Math.Min(parsed.Groups, 9)).Select(group => $"{group}")))
        {
            inner._captures[name] = prefix + name;
        }

        return inner;
    }

    /// <summary>The first map that a text names, with its results, the default last; null where there is none, or results follow from the request.</summary>
    public (string Name, IReadOnlyList<string> Results)? MapIn(string text) => Reference().Matches(Fold(text)).Select(match => match.Groups["name"].Value).Select(name => name.StartsWith("map_", StringComparison.Ordinal) ? name[4..] : name).FirstOrDefault(_maps.Has) is { } name
        && _maps.ResultsOf(name) is { } results ? (name, results) : null;

    /// <summary>The maps that texts name, for a server's Maps.</summary>
    public CommentedJson? MapsOf(IEnumerable<CommentedJson> routes) => _maps.UsedBy(routes);

    /// <summary>Puts in what is known; all else stays.</summary>
    public string Fold(string text) => Reference().Replace(text, match =>
    {
        if (ValueOf(match) is { } value)
        {
            return value;
        }

        // A value that is put in right behind a name is none of its letters.
        var next = Reference().Match(text, match.Index + match.Length);
        return next.Success && next.Index == match.Index + match.Length && ValueOf(next) is [var first, ..] && (char.IsAsciiLetterOrDigit(first) || first == '_') ? $"${{{match.Groups["name"].Value}}}" : match.Value;
    });

    /// <summary>What is put in for a reference; null where it stays.</summary>
    private string? ValueOf(Match reference) => reference.Groups["name"].Value is var name && !_unsettled.Contains(name) && _values.TryGetValue(name, out var value) ? value : null;

    /// <summary>The text as settings write it; null, and the variable, where one has no counterpart.</summary>
    public (string? Text, string Unknown) Translate(string text)
    {
        var unknown = "";
        var translated = Reference().Replace(Fold(text), match =>
        {
            var name = match.Groups["name"].Value;
            var known = _captures.GetValueOrDefault(name) ?? Renamed.GetValueOrDefault(name) ?? (_maps.Has(name) ? $"map_{name}" : name);
            if ((_unsettled.Contains(name) && !_maps.Has(name)) || RequestText.FaultOf($"${{{known}}}") is not null)
            {
                unknown = $"${name}";
            }

            return known == name ? match.Value : $"${{{known}}}";
        });
        return unknown.Length == 0 ? (translated, "") : (null, unknown);
    }

    /// <summary>The same for a text whose $1 to $9 are groups of an expression that stands beside it.</summary>
    public (string? Text, string Unknown) TranslateBesideGroups(string text)
    {
        var unknown = "";
        var translated = OwnGroup().Split(text).Select((part, index) =>
        {
            var (known, missing) = index % 2 == 0 ? Translate(part) : (part, "");
            unknown += missing;
            return known;
        });
        var whole = string.Concat(translated);
        return unknown.Length == 0 ? (whole, "") : (null, unknown);
    }

    [GeneratedRegex(@"(\$[1-9])")]
    private static partial Regex OwnGroup();

    [GeneratedRegex(@"\$\{?upstream_(?:status|(?:http_|(?<cookie>cookie_))(?<name>\w+))\}?")]
    private static partial Regex OfAnswer();

    /// <summary>A variable of a digit has one.</summary>
    [GeneratedRegex(@"\$(?:\{(?<name>\w+)\}|(?<name>[0-9]|[A-Za-z_]\w*))")]
    private static partial Regex Reference();
}
