using System.Text;
using System.Text.RegularExpressions;

namespace YarpWs.Gateway.Requests;

/// <summary>
/// A regular expression as nginx (PCRE) reads it, over paths and names that have a character for each byte. <c>\d</c>, <c>\w</c>, <c>\s</c> and <c>\h</c> are
/// ASCII, and groups with a name are numbered as all others are.
/// </summary>
internal sealed class Expression
{
    /// <summary>How long one may take that cannot be run in linear time. The request is then answered 500.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(100);

    private readonly Regex _regex;

    private Expression(string text, Regex regex, IReadOnlyDictionary<string, int> names)
    {
        Text = text;
        _regex = regex;
        Names = names;
    }

    public string Text { get; }

    /// <summary>Named groups and their numbers.</summary>
    public IReadOnlyDictionary<string, int> Names { get; }

    /// <summary>How many groups it has.</summary>
    public int Groups => _regex.GetGroupNumbers().Length - 1;

    public bool IgnoresCase => _regex.Options.HasFlag(RegexOptions.IgnoreCase);

    /// <summary>Whether it takes time in proportion to the path, whatever the path; others have <see cref="Deadline"/>.</summary>
    public bool IsLinear => _regex.Options.HasFlag(RegexOptions.NonBacktracking);

    /// <exception cref="ArgumentException">The text is no expression, or one that this platform has not.</exception>
    public static Expression Parse(string text, bool ignoreCase)
    {
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        var pattern = Translate(NormalizedPath.FromText(text), names);
        var options = RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None);
        try
        {
            return new Expression(text, new Regex(pattern, options | RegexOptions.NonBacktracking), names);
        }
        catch (NotSupportedException)
        {
            return new Expression(text, new Regex(pattern, options, Deadline), names);
        }
    }

    /// <summary>Of a text such as <c>~ \.png$</c>, or <c>~* \.png$</c> for one without regard to case; null for a text that begins with neither.</summary>
    /// <exception cref="ArgumentException">What stands behind is no expression.</exception>
    public static Expression? FromMarked(string text) => text switch
    {
        ['~', '*', ' ', .. var expression] => Parse(expression.TrimStart(), ignoreCase: true),
        ['~', ' ', .. var expression] => Parse(expression.TrimStart(), ignoreCase: false),
        _ => null,
    };

    /// <summary>What is wrong with a text; null when nothing is.</summary>
    public static string? FaultOf(string text, bool ignoreCase)
    {
        try
        {
            Parse(text, ignoreCase);
            return null;
        }
        catch (ArgumentException exception)
        {
            return FaultIn(exception);
        }
    }

    /// <summary>What an exception of <see cref="Parse"/> complains about, without the name of the parameter that the platform adds.</summary>
    public static string FaultIn(ArgumentException exception) => exception.Message.Split(" (Parameter", StringSplitOptions.None)[0];

    /// <exception cref="RegexMatchTimeoutException">It has taken longer than <see cref="Deadline"/>.</exception>
    public bool IsMatch(string text) => _regex.IsMatch(text);

    /// <param name="text">What it is compared with.</param>
    /// <param name="isPath">Whether that is a normalized path; anything else is what the client wrote, escapes and all.</param>
    /// <exception cref="RegexMatchTimeoutException">It has taken longer than <see cref="Deadline"/>.</exception>
    public Captures? Match(string text, bool isPath = true) => _regex.Match(text) is { Success: true } match ? new Captures(match, Names, isPath) : null;

    public override string ToString() => Text;

    private static string Translate(string text, Dictionary<string, int> names)
    {
        var pattern = new StringBuilder(text.Length + 16);
        var (groups, isInClass) = (0, false);
        for (var index = 0; index < text.Length; index++)
        {
            var rest = text.AsSpan(index);
            switch (rest)
            {
                case ['\\', var escaped, ..]:
                    pattern.Append(OfEscape(escaped, isInClass));
                    index++;
                    break;
                case ['[', ..] when !isInClass:
                    isInClass = true;
                    pattern.Append('[');

                    // A bracket that comes first is a character of the class.
                    var first = rest.StartsWith("[^") ? 2 : 1;
                    pattern.Append(rest[1..first]);
                    if (rest[first..] is [']', ..])
                    {
                        pattern.Append("\\]");
                        first++;
                    }

                    index += first - 1;
                    break;
                case ['[', ':', ..]:
                    throw new ArgumentException("classes such as [:alpha:] are not known here; write the characters, [A-Za-z].", nameof(text));
                case ['[', ..]:
                    // Subtraction of classes here, a character there.
                    pattern.Append("\\[");
                    break;
                case [']', ..]:
                    isInClass = false;
                    pattern.Append(']');
                    break;
                case ['(', '?', '<', not ('=' or '!'), ..] or ['(', '?', 'P', '<', ..] when !isInClass:
                    var start = rest.IndexOf('<') + 1;
                    var length = rest[start..].IndexOf('>');
                    if (length <= 0)
                    {
                        throw new ArgumentException("a group's name has no end.", nameof(text));
                    }

                    names[rest.Slice(start, length).ToString()] = ++groups;
                    pattern.Append('(');
                    index += start + length;
                    break;
                case ['(', ..] when !isInClass:
                    groups += rest is ['(', '?', ..] ? 0 : 1;
                    pattern.Append('(');
                    break;
                default:
                    pattern.Append(rest[0]);
                    break;
            }
        }

        return pattern.ToString();
    }

    private static string OfEscape(char escaped, bool isInClass) => (escaped, isInClass) switch
    {
        ('d', false) => "[0-9]",
        ('d', true) => "0-9",
        ('D', false) => "[^0-9]",
        ('w', false) => "[A-Za-z0-9_]",
        ('w', true) => "A-Za-z0-9_",
        ('W', false) => "[^A-Za-z0-9_]",
        ('s', false) => "[ \\t\\n\\v\\f\\r]",
        ('s', true) => " \\t\\n\\v\\f\\r",
        ('S', false) => "[^ \\t\\n\\v\\f\\r]",
        ('h', false) => "[ \\t]",
        ('h', true) => " \\t",
        ('_', _) => "_",
        _ => $"\\{escaped}",
    };
}

/// <summary>What the groups of an <see cref="Expression"/> have caught.</summary>
internal sealed class Captures(Match match, IReadOnlyDictionary<string, int> names, bool isPath)
{
    /// <summary>Whether they are parts of a normalized path, whose escapes are decoded.</summary>
    public bool IsPath => isPath;

    /// <summary>Empty for a group that has caught nothing, or is none.</summary>
    public string this[int group] => match.Groups[group].Value;

    /// <summary>Null for a name that no group has.</summary>
    public string? this[string name] => names.TryGetValue(name, out var group) ? match.Groups[group].Value : null;
}
