using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Routes.Locations;

internal enum LocationKind
{
    /// <summary><c>/x/</c>: what begins so, unless an expression of its level fits.</summary>
    Prefix,

    /// <summary><c>^~ /x/</c>: what begins so, before any expression of its level.</summary>
    FinalPrefix,

    /// <summary><c>= /x</c>: this path alone.</summary>
    Exact,

    /// <summary><c>~ \.png$</c> and <c>~* \.png$</c>, the latter without regard to case.</summary>
    Expression,

    /// <summary>No path: routes that are asked before all locations.</summary>
    First,

    /// <summary><c>@name</c>: no request's own; only what another location hands over.</summary>
    Named,
}

/// <summary>What a location matches, read from how nginx writes it.</summary>
/// <param name="Kind">How it is compared.</param>
/// <param name="Text">The path, name or expression, without what stands in front; a character for each byte of a path.</param>
/// <param name="Expression">That of the kind of this name; null for the others.</param>
internal sealed record LocationPattern(LocationKind Kind, string Text, Expression? Expression)
{
    /// <summary>That of routes which are asked before all locations.</summary>
    public static LocationPattern First { get; } = new(LocationKind.First, "", null);

    /// <exception cref="ArgumentException">It is none; the message says why and what to write.</exception>
    public static LocationPattern Parse(string text)
    {
        var (modifier, rest) = text.IndexOf(' ', StringComparison.Ordinal) is > 0 and var space && text[..space] is "=" or "^~" or "~" or "~*"
            ? (text[..text.IndexOf(' ', StringComparison.Ordinal)], text[text.IndexOf(' ', StringComparison.Ordinal)..].TrimStart())
            : ("", text);
        if (rest.Length == 0)
        {
            throw new ArgumentException("a location is empty; write \"/\" for every path.", nameof(text));
        }

        return modifier switch
        {
            "~" or "~*" => Expressed(rest, modifier == "~*"),
            "=" => new LocationPattern(LocationKind.Exact, Path(rest), null),
            "^~" => new LocationPattern(LocationKind.FinalPrefix, Path(rest), null),
            _ when rest is ['@', _, ..] => new LocationPattern(LocationKind.Named, rest, null),
            _ when rest is ['~' or '=' or '^', ..] => throw new ArgumentException($"'{text}': a blank stands behind what is in front of a path or expression; write \"{Spaced(rest)}\".", nameof(text)),
            _ => new LocationPattern(LocationKind.Prefix, Path(rest), null),
        };
    }

    private static LocationPattern Expressed(string text, bool ignoreCase) => Requests.Expression.FaultOf(text, ignoreCase) is { } fault
        ? throw new ArgumentException($"'{text}' is no expression here: {fault}", nameof(text))
        : new LocationPattern(LocationKind.Expression, text, Requests.Expression.Parse(text, ignoreCase));

    private static string Path(string text) => text.StartsWith('/')
        ? NormalizedPath.FromText(text)
        : throw new ArgumentException($"'{text}' is no path; write \"/{text}\", or \"~ EXPRESSION\" for what no prefix can say.", nameof(text));

    private static string Spaced(string text)
    {
        var length = text.TakeWhile(character => character is '~' or '*' or '=' or '^').Count();
        return $"{text[..length]} {text[length..]}";
    }
}
