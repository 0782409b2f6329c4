using System.Text.RegularExpressions;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Routes.Locations;

/// <summary>
/// The servers of one port by their names, chosen as nginx chooses: the exact name, the longest that begins with <c>*.</c>, the longest that ends with
/// <c>.*</c>, the first expression; whatever the case. Never changes.
/// </summary>
/// <typeparam name="T">What a server is to the caller.</typeparam>
internal sealed class ServerNames<T>
    where T : class
{
    private readonly Dictionary<string, T> _exact = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Suffix, T Server)> _heads = [];
    private readonly List<(string Prefix, T Server)> _tails = [];
    private readonly List<(Expression Expression, T Server)> _expressions = [];
    private readonly T? _default;

    /// <param name="servers">In the order in which their expressions are tried.</param>
    public ServerNames(IEnumerable<(ServerSettings Settings, T Server)> servers)
    {
        foreach (var (settings, server) in servers)
        {
            if (settings.Default)
            {
                _default ??= server;
            }

            foreach (var name in settings.Names ?? [])
            {
                Add(name, server);
            }
        }

        _heads.Sort((one, other) => other.Suffix.Length.CompareTo(one.Suffix.Length));
        _tails.Sort((one, other) => other.Prefix.Length.CompareTo(one.Prefix.Length));
    }

    /// <summary>Null when none has the name, and none is there for all others.</summary>
    /// <param name="host">Without a port and a final dot; empty for a request without one.</param>
    /// <param name="captures">What the groups of its expression have caught; null when it was not found by one.</param>
    /// <exception cref="RegexMatchTimeoutException">An expression has taken too long.</exception>
    public T? Find(string host, out Captures? captures)
    {
        captures = null;
        if (_exact.TryGetValue(host, out var server))
        {
            return server;
        }

        foreach (var (suffix, wildcard) in _heads)
        {
            if (host.Length > suffix.Length && host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return wildcard;
            }
        }

        foreach (var (prefix, wildcard) in _tails)
        {
            if (host.Length > prefix.Length && host.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return wildcard;
            }
        }

        foreach (var (expression, expressed) in _expressions)
        {
            captures = expression.Match(host.ToLowerInvariant());
            if (captures is not null)
            {
                return expressed;
            }
        }

        return _default;
    }

    private void Add(string name, T server)
    {
        switch (name)
        {
            case ['~', .. var expression]:
                _expressions.Add((Expression.Parse(expression, ignoreCase: true), server));
                break;
            case ['*', '.', ..]:
                _heads.Add((name[1..], server));
                break;
            case ['.', .. var domain]:
                _exact.TryAdd(domain, server);
                _heads.Add((name, server));
                break;
            case [.., '.', '*']:
                _tails.Add((name[..^1], server));
                break;
            default:
                _exact.TryAdd(name, server);
                break;
        }
    }
}
