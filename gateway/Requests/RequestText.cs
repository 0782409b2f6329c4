using System.Text;

namespace YarpWs.Gateway.Requests;

/// <summary>
/// A text of the settings with values of the request in it, written as nginx writes them: <c>https://$host$request_uri</c>, <c>${host}x</c> where a letter
/// follows, <c>$$</c> for a dollar in front of one. The names are those of <see cref="RequestVariables"/> and no others.
/// </summary>
internal sealed class RequestText
{
    private readonly IReadOnlyList<Part> _parts;
    private readonly string? _constant;

    private RequestText(IReadOnlyList<Part> parts)
    {
        _parts = parts;
        _constant = parts.All(part => part.Value is null) ? string.Concat(parts.Select(part => part.Literal)) : null;
    }

    /// <summary>Throws a <see cref="FormatException"/> that says what is wrong, and what to write.</summary>
    public static RequestText Parse(string text)
    {
        var parts = new List<Part>();
        var literal = new StringBuilder();
        for (var at = 0; at < text.Length;)
        {
            if (text[at] != '$' || at + 1 == text.Length || !(text[at + 1] is '$' or '{' || char.IsAsciiLetter(text[at + 1])))
            {
                literal.Append(text[at++]);
            }
            else if (text[at + 1] == '$')
            {
                literal.Append('$');
                at += 2;
            }
            else
            {
                var name = NameAt(text, at + 1);
                Flush();
                parts.Add(new Part("", RequestVariables.Find(name) ?? throw new FormatException(Unknown(name))));
                at += text[at + 1] == '{' ? name.Length + 3 : name.Length + 1;
            }
        }

        Flush();
        return new RequestText(parts);

        void Flush()
        {
            if (literal.Length > 0)
            {
                parts.Add(new Part(literal.ToString(), null));
                literal.Clear();
            }
        }
    }

    /// <summary>What is wrong with a text; null when nothing is.</summary>
    public static string? FaultOf(string text)
    {
        try
        {
            Parse(text);
            return null;
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>The text for a request. Values are what the client wrote, escapes and all; a variable that has none is empty.</summary>
    public string Of(HttpContext context) => _constant ?? string.Concat(_parts.Select(part => part.Value?.Invoke(context) ?? part.Literal));

    private static string NameAt(string text, int at)
    {
        if (text[at] == '{')
        {
            var end = text.IndexOf('}', at);
            return end > at + 1 ? text[(at + 1)..end] : throw new FormatException("a '${' has no name and '}' behind it; write ${NAME}, or $${ for these two characters.");
        }

        var length = text.AsSpan(at).IndexOfAnyExcept(RequestVariables.NameCharacters);
        return length < 0 ? text[at..] : text.Substring(at, length);
    }

    private static string Unknown(string name) =>
        $"no variable '${name}'; expected one of {string.Join(", ", RequestVariables.Names.Select(known => "$" + known))}, or $$ for a dollar.";

    private sealed record Part(string Literal, Func<HttpContext, string>? Value);
}
