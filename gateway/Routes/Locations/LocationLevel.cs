using System.Text.RegularExpressions;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Routes.Locations;

/// <summary>
/// Locations that stand beside each other: those of a server, or those within another one. Chooses as nginx does, whatever the order in the settings but for that of
/// expressions. Never changes.
/// </summary>
internal sealed class LocationLevel
{
    private readonly Dictionary<string, Location> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Location> _prefixes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Location>.AlternateLookup<ReadOnlySpan<char>> _prefixOf;

    /// <summary>The lengths that prefixes have, the longest first.</summary>
    private readonly int[] _lengths;

    private readonly Location[] _expressions;

    /// <summary>By the path that lacks their last slash alone, those that it is led to.</summary>
    private readonly Dictionary<string, Location> _slashed = new(StringComparer.Ordinal);

    public LocationLevel(IEnumerable<Location> locations)
    {
        var expressions = new List<Location>();
        foreach (var location in locations)
        {
            switch (location.Pattern.Kind)
            {
                case LocationKind.Exact:
                    _exact.TryAdd(location.Pattern.Text, location);
                    break;
                case LocationKind.Prefix or LocationKind.FinalPrefix:
                    _prefixes.TryAdd(location.Pattern.Text, location);
                    break;
                case LocationKind.Expression:
                    expressions.Add(location);
                    break;
            }
        }

        _prefixOf = _prefixes.GetAlternateLookup<ReadOnlySpan<char>>();
        _lengths = [.. _prefixes.Keys.Select(text => text.Length).Distinct().OrderDescending()];
        _expressions = [.. expressions.OrderBy(location => location.Order)];
        foreach (var location in _exact.Values.Concat(_prefixes.Values).Where(location => location.LeadsToSlash))
        {
            // Where both are there, the exact one answers.
            _slashed.TryAdd(location.Pattern.Text[..^1], _exact.GetValueOrDefault(location.Pattern.Text) ?? location);
        }
    }

    /// <summary>
    /// (1) The exact path wins at once. (2) Else the longest prefix is remembered, and (3) what stands within it is asked: an exact path or an expression there wins. (4) Then
    /// the expressions of this level, unless that longest prefix is a final one. (5) Without any of these it is the longest prefix, or the longest within it.
    /// </summary>
    /// <param name="path">Normalized.</param>
    /// <returns>Null when none fits.</returns>
    /// <exception cref="RegexMatchTimeoutException">An expression has taken too long.</exception>
    public LocationChoice? Choose(string path)
    {
        // 1
        if (_exact.TryGetValue(path, out var exact))
        {
            return new LocationChoice(exact, LocationReason.Exact, null);
        }

        // 2
        var prefix = LongestPrefixOf(path);
        if (prefix?.Pattern.Text.Length != path.Length && _slashed.TryGetValue(path, out var slashed))
        {
            return new LocationChoice(slashed, LocationReason.Slash, null);
        }

        // 3
        var remembered = prefix is null ? null : new LocationChoice(prefix, LocationReason.Prefix, null);
        if (prefix?.Nested?.Choose(path) is { } nested)
        {
            if (nested.Reason != LocationReason.Prefix)
            {
                return nested;
            }

            remembered = nested;
        }

        // 4
        return (prefix?.Pattern.Kind == LocationKind.FinalPrefix ? null : Expressed(path)) ?? remembered;
    }

    /// <summary>The first expression that fits, or what is chosen within it.</summary>
    private LocationChoice? Expressed(string path)
    {
        foreach (var location in _expressions)
        {
            if (location.Pattern.Expression!.Match(path) is { } captures)
            {
                var own = new LocationChoice(location, LocationReason.Expression, captures);
                return location.Nested?.Choose(path) is not { } nested ? own
                    : nested.Captures is null ? nested with { Captures = captures, Reason = nested.Reason == LocationReason.Prefix ? LocationReason.Expression : nested.Reason }
                    : nested;
            }
        }

        return null;
    }

    private Location? LongestPrefixOf(string path)
    {
        foreach (var length in _lengths)
        {
            if (length <= path.Length && _prefixOf.TryGetValue(path.AsSpan(0, length), out var location))
            {
                return location;
            }
        }

        return null;
    }
}

internal enum LocationReason
{
    /// <summary>It names the path.</summary>
    Exact,

    /// <summary>It is the longest that the path begins with, and no expression was asked, or none fits.</summary>
    Prefix,

    /// <summary>It is the first expression that fits.</summary>
    Expression,

    /// <summary>The path lacks its last slash alone.</summary>
    Slash,

    /// <summary>Its condition holds, and it is asked before the path is looked at.</summary>
    First,
}

/// <summary>A location that was chosen, and why.</summary>
/// <param name="Location">The location.</param>
/// <param name="Reason">By which rule.</param>
/// <param name="Captures">What the groups of the last expression on the way have caught; null without one.</param>
internal sealed record LocationChoice(Location Location, LocationReason Reason, Captures? Captures);
