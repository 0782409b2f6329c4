using System.Text;

namespace YarpWs.Gateway.Requests;

/// <summary>Reads a text of the settings with variables in it, written as nginx writes them: <c>$host</c>, <c>${host}x</c> where a letter follows, <c>$$</c> for a dollar in front of one.</summary>
internal static class VariableText
{
    /// <summary>The parts of a text, in order. Throws a <see cref="FormatException"/> that says what is wrong, and what to write.</summary>
    public static IReadOnlyList<VariableTextPart> Parse(string text)
    {
        var parts = new List<VariableTextPart>();
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
                parts.Add(new VariableTextPart(literal.ToString(), name));
                literal.Clear();
                at += text[at + 1] == '{' ? name.Length + 3 : name.Length + 1;
            }
        }

        if (literal.Length > 0)
        {
            parts.Add(new VariableTextPart(literal.ToString(), null));
        }

        return parts;
    }

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
}

/// <param name="Literal">What stands in front of the variable, perhaps nothing.</param>
/// <param name="Name">The variable's, without its dollar; null behind the last one.</param>
internal readonly record struct VariableTextPart(string Literal, string? Name);
