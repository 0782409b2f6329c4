using System.Text.RegularExpressions;

namespace YarpWs.Gateway.Requests;

/// <summary>A value that follows from the request by a table, as nginx's map makes it.</summary>
internal sealed record MapSettings
{
    /// <summary>What is looked up, with variables of the request: "$cookie_release". Required.</summary>
    public string? Of { get; init; }

    /// <summary>
    /// The table. Texts go before expressions, "~ EXPRESSION" and "~* EXPRESSION" without regard to case, which are asked in their order; the case of texts does not count. Default none.
    /// </summary>
    public IReadOnlyList<MapValue>? Values { get; init; }

    /// <summary>The value of what the table has not, with variables of the request. Default "".</summary>
    public string Default { get; init; } = "";
}

/// <summary>A line of such a table.</summary>
internal sealed record MapValue
{
    /// <summary>A text, or an expression behind "~ " or "~* ". Required.</summary>
    public string? Is { get; init; }

    /// <summary>The value, with variables of the request. Required.</summary>
    public string? Then { get; init; }
}

/// <summary>The maps of a server, by name. Among the features of requests to it; never changes.</summary>
internal sealed class RequestMaps
{
    /// <summary>How many maps may be asked for one value, each by the one before it.</summary>
    private const int MaxDepth = 8;

    [ThreadStatic]
    private static int _depth;

    private readonly Dictionary<string, Map> _maps;

    public RequestMaps(IReadOnlyDictionary<string, MapSettings> maps) => _maps = maps.ToDictionary(map => map.Key, map => new Map(map.Value), StringComparer.Ordinal);

    /// <summary>Empty for a map that is not there, or that leads back to itself, and for what takes an expression too long.</summary>
    public string Of(HttpContext context, string name)
    {
        if (_depth == MaxDepth || !_maps.TryGetValue(name, out var map))
        {
            return "";
        }

        _depth++;
        try
        {
            return map.Of(context);
        }
        catch (RegexMatchTimeoutException)
        {
            return "";
        }
        finally
        {
            _depth--;
        }
    }

    private sealed class Map(MapSettings settings)
    {
        private readonly RequestText _of = RequestText.Parse(HeaderText.Of(settings.Of!));
        private readonly RequestText _default = RequestText.Parse(HeaderText.Of(settings.Default));

        private readonly Dictionary<string, RequestText> _texts = new(
            (settings.Values ?? []).Where(value => Expression.FromMarked(value.Is!) is null).DistinctBy(value => value.Is, StringComparer.OrdinalIgnoreCase)
                .Select(value => KeyValuePair.Create(HeaderText.Of(value.Is!), RequestText.Parse(HeaderText.Of(value.Then!)))), StringComparer.OrdinalIgnoreCase);

        private readonly (Expression Expression, RequestText Then)[] _expressions =
            [.. (settings.Values ?? []).Where(value => Expression.FromMarked(value.Is!) is not null).Select(value => (Expression.FromMarked(value.Is!)!, RequestText.Parse(HeaderText.Of(value.Then!))))];

        public string Of(HttpContext context)
        {
            var text = _of.Of(context);
            if (_texts.TryGetValue(text, out var value))
            {
                return value.Of(context);
            }

            foreach (var (expression, then) in _expressions)
            {
                if (expression.IsMatch(text))
                {
                    return then.Of(context);
                }
            }

            return _default.Of(context);
        }
    }
}
