using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding;

/// <summary>A text with what the groups of an expression have caught: <c>/v5/$1</c>, <c>/v5/${name}x</c>.</summary>
internal sealed class GroupText
{
    private readonly List<(string Literal, int Group)> _parts = [];

    /// <exception cref="FormatException">It names a group that the expression has not.</exception>
    public GroupText(string text, Expression expression)
    {
        var rest = text.AsSpan();
        while (rest.IndexOf('$') is >= 0 and var dollar)
        {
            var isBraced = rest[(dollar + 1)..] is ['{', ..];
            var begin = dollar + (isBraced ? 2 : 1);
            var length = isBraced ? rest[begin..].IndexOf('}') : rest[begin..] is [>= '0' and <= '9', ..] ? 1 : LengthOfName(rest[begin..]);
            var name = length > 0 ? rest.Slice(begin, length).ToString() : "";
            var group = int.TryParse(name, out var number) && number <= expression.Groups ? number : expression.Names.GetValueOrDefault(name, -1);
            if (group < 0)
            {
                throw new FormatException($"'${name}' is no group of the expression; it has {expression.Groups}, $1 is the first.");
            }

            _parts.Add((NormalizedPath.FromText(rest[..dollar].ToString()), group));
            rest = rest[(begin + length + (isBraced ? 1 : 0))..];
        }

        _parts.Add((NormalizedPath.FromText(rest.ToString()), -1));
    }

    public string Of(Captures captures) => string.Concat(_parts.Select(part => part.Group < 0 ? part.Literal : part.Literal + captures[part.Group]));

    private static int LengthOfName(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && (char.IsAsciiLetterOrDigit(text[length]) || text[length] == '_'))
        {
            length++;
        }

        return length;
    }
}
