using System.Text.RegularExpressions;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding;

/// <summary>What a value of a destination's answer is compared with, and what stands in its place. Never changes; any thread.</summary>
internal sealed partial class AnswerValue
{
    private readonly Expression? _expression;
    private readonly RequestText? _from;
    private readonly RequestText _to;
    private readonly AnswerValueMatch _match;

    /// <param name="from">A text with variables, or a marked expression.</param>
    /// <param name="to">A text with variables, and with $1 to $9 for the groups of an expression.</param>
    /// <param name="match">How a text is compared.</param>
    public AnswerValue(string from, string to, AnswerValueMatch match)
    {
        _match = match;
        _to = RequestText.Parse(HeaderText.Of(to));
        (_expression, _from) = Expression.FromMarked(from) is { } expression ? (expression, null) : ((Expression?)null, RequestText.Parse(HeaderText.Of(from)));
    }

    /// <summary>An expression that takes too long fits nothing.</summary>
    public bool Fits(string value, HttpContext context)
    {
        try
        {
            return _expression?.IsMatch(value) ?? (_match == AnswerValueMatch.Prefix
                ? value.StartsWith(_from!.Of(context), StringComparison.Ordinal)
                : value.TrimStart('.').Equals(_from!.Of(context).TrimStart('.'), StringComparison.OrdinalIgnoreCase));
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    /// <summary>What stands in the place of a value that fits: behind a prefix the rest of it stays.</summary>
    public string Of(string value, HttpContext context)
    {
        var to = _to.Of(context);
        return _expression?.Match(value) is { } captures ? Group().Replace(to, match => captures[match.Groups["group"].ValueSpan[0] - '0'])
            : _match == AnswerValueMatch.Prefix ? $"{to}{value[(_from?.Of(context).Length ?? 0)..]}"
            : to;
    }

    [GeneratedRegex(@"\$(?<group>[1-9])")]
    private static partial Regex Group();
}

internal enum AnswerValueMatch
{
    /// <summary>The value begins with the text.</summary>
    Prefix,

    /// <summary>The value is the text, a name of a host.</summary>
    Name,
}
