namespace YarpWs.Gateway.Requests;

/// <summary>
/// A text of the settings with values of the request in it (<see cref="VariableText"/>): <c>https://$host$request_uri</c>. The names are those of
/// <see cref="RequestVariables"/> and no others.
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
        foreach (var (literal, name) in VariableText.Parse(text))
        {
            if (literal.Length > 0)
            {
                parts.Add(new Part(literal, null));
            }

            if (name is not null)
            {
                parts.Add(new Part("", RequestVariables.Find(name) ?? throw new FormatException(Unknown(name))));
            }
        }

        return new RequestText(parts);
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

    private static string Unknown(string name) =>
        $"no variable '${name}'; expected one of {string.Join(", ", RequestVariables.Names.Select(known => "$" + known))}, or $$ for a dollar.";

    private sealed record Part(string Literal, Func<HttpContext, string>? Value);
}
