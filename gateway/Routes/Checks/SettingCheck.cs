using YarpWs.Gateway.Requests;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>What holds for values of several settings of a route: headers, texts with variables, places where a request goes on, bounds. Each is told the key under which it complains.</summary>
internal static class SettingCheck
{
    private static readonly string[] Framing = ["Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "Keep-Alive", "Proxy-Connection", "TE", "Trailer"];

    public static void Header(string key, string? name, string? value, Action<string, string> complain, bool isName = false)
    {
        var nameKey = isName ? key : $"{key}:Name";
        if (name is not { Length: > 0 })
        {
            complain(nameKey, "a header has a name; write one, such as \"X-Frame-Options\".");
        }
        else if (!name.All(IsTokenChar))
        {
            complain(nameKey, $"'{name}' is no name of a header; write letters, digits and '-'.");
        }
        else if (Framing.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            complain(nameKey, $"{name} belongs to the connection, and the gateway says it itself; remove this.");
        }

        if (value is null)
        {
            complain($"{key}:Value", "a header has a value; write one, or \"\" for none.");
        }
        else
        {
            Text($"{key}:Value", value, complain, isLine: true);
        }
    }

    public static void Place(string key, string text, IReadOnlySet<string> routes, Action<string, string> complain)
    {
        if (text is ['@', .. var id])
        {
            if (!routes.Contains(id))
            {
                complain(key, $"no route '{id}'; {Nearest.Hint(id, routes)}");
            }
        }
        else if (!text.StartsWith('/') && !text.StartsWith("$uri", StringComparison.Ordinal))
        {
            complain(key, $"'{text}' is neither a path nor a route; write \"/index.html\", or \"@ID\" with the id of a route.");
        }
        else
        {
            Text(key, text, complain, isLine: true);
        }
    }

    public static void Text(string key, string text, Action<string, string> complain, bool isLine)
    {
        if (isLine && text.Any(char.IsControl))
        {
            complain(key, "holds the end of a line or another control character, which no header may hold; leave it out.");
        }
        else if (RequestText.FaultOf(text) is { } fault)
        {
            complain(key, fault);
        }
    }

    public static void WithinBounds(string key, object? options, Action<string, string> complain)
    {
        foreach (var (property, expected) in options is null ? [] : Bounds.Broken(options))
        {
            complain($"{key}:{property}", $"is out of bounds; expected {expected}.");
        }
    }

    public static bool IsTokenChar(char character) => char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-.^_`|~".Contains(character, StringComparison.Ordinal);
}
