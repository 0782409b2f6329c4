using YarpWs.Gateway.Import.Grammar;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>What an if compares.</summary>
/// <param name="Value">The variable, with its dollar.</param>
/// <param name="Comparison">"=", "!=", "~", "~*", "!~", "!~*", or empty where it is only asked whether there is something.</param>
/// <param name="Text">What it is compared with.</param>
internal sealed record NginxCondition(string Value, string Comparison, string Text)
{
    /// <summary>Null for one that asks for files.</summary>
    public static NginxCondition? Of(Directive directive)
    {
        List<string> words = [.. directive.Arguments];
        if (words.Count == 0)
        {
            return null;
        }

        words[0] = words[0].TrimStart('(');
        words[^1] = words[^1] is [.. var last, ')'] ? last : words[^1];
        words = [.. words.Where((word, index) => word.Length > 0 || (index > 1 && index < words.Count - 1))];
        return words switch
        {
            [['$', ..] value] => new NginxCondition(value, "", ""),
            [['$', ..] value, "=" or "!=" or "~" or "~*" or "!~" or "!~*"] => new NginxCondition(value, words[1], ""),
            [['$', ..] value, "=" or "!=" or "~" or "~*" or "!~" or "!~*", .. var text] => new NginxCondition(value, words[1], string.Join(' ', text)),
            _ => null,
        };
    }

    /// <summary>As a route's Match:When has it; null where something of it has no counterpart.</summary>
    public string? When(Variables variables)
    {
        var (value, _) = variables.Translate(Value);
        var text = Comparison is "=" or "!=" ? variables.Fold(Text) : Text;
        if (value is not ['$', ..] || value.Contains(' ', StringComparison.Ordinal) || (Comparison is "=" or "!=" && text.Contains('$', StringComparison.Ordinal)))
        {
            return null;
        }

        // The path as expressions look at it.
        var when = Comparison.Length == 0 ? value : $"{(value == "${uri}" ? "$uri" : value)} {Comparison} {text}";
        return RequestCondition.FaultOf(when) is null ? when : null;
    }

    /// <summary>The variables behind it: the groups of its expression are known there.</summary>
    public Variables Inside(Variables variables) => Comparison is "~" or "~*" ? variables.WithCaptures(Text, isHost: false) : variables;
}
