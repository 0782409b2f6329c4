using System.Text.RegularExpressions;
using YarpWs.Gateway.Import.Grammar;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>What an if compares.</summary>
/// <param name="Value">The variable, with its dollar; the name of a file where one is asked for.</param>
/// <param name="Comparison">"=", "!=", "~", "~*", "!~", "!~*", or empty where it is only asked whether there is something; "-f", "-d", "-e", with "!" in front too, where a file is asked for.</param>
/// <param name="Text">What it is compared with.</param>
internal sealed record NginxCondition(string Value, string Comparison, string Text)
{
    /// <summary>Whether it asks for a file.</summary>
    public bool IsOfFile => Comparison.TrimStart('!').StartsWith('-');

    /// <summary>Null for one that is none here.</summary>
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
            ["-f" or "!-f" or "-d" or "!-d" or "-e" or "!-e", var file] => new NginxCondition(file, words[0], ""),
            [['$', ..] value] => new NginxCondition(value, "", ""),
            [['$', ..] value, "=" or "!=" or "~" or "~*" or "!~" or "!~*"] => new NginxCondition(value, words[1], ""),
            [['$', ..] value, "=" or "!=" or "~" or "~*" or "!~" or "!~*", .. var text] => new NginxCondition(value, words[1], string.Join(' ', text)),
            _ => null,
        };
    }

    /// <summary>Whether it holds for a variable that has no value.</summary>
    public bool HoldsForNothing => Comparison switch
    {
        "" => false,
        _ when IsOfFile => true,
        "=" or "!=" => Text.Length == 0 == (Comparison == "="),
        _ when Expression.FaultOf(Text, ignoreCase: false) is not null => true,
        _ => Expression.Parse(Text, Comparison.EndsWith('*')).IsMatch("") != Comparison.StartsWith('!'),
    };

    /// <summary>As a route's Match:When has it; null where something of it has no counterpart.</summary>
    /// <param name="variables">What holds here.</param>
    /// <param name="pathOf">Makes whole names of relative ones.</param>
    public string? When(Variables variables, Func<string, string> pathOf)
    {
        if (IsOfFile)
        {
            var file = variables.Fold(Value);
            return file.Contains('$', StringComparison.Ordinal) ? null : $"{Comparison} {pathOf(file)}";
        }

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

    /// <summary>A map that says one text where it holds, and another where it does not; null where it cannot be one.</summary>
    /// <param name="source">What is compared, as settings write it.</param>
    /// <param name="then">What is said where it holds.</param>
    /// <param name="otherwise">What is said otherwise.</param>
    /// <param name="fold">Puts in what is known.</param>
    public CommentedJson? Choose(string source, string then, string otherwise, Func<string, string> fold)
    {
        if (IsOfFile)
        {
            return null;
        }

        var isNegated = Comparison.Length == 0 || Comparison.StartsWith('!');
        string[] keys;
        if (Comparison.Length == 0)
        {
            keys = ["", "0"];
        }
        else if (Comparison.Contains('~', StringComparison.Ordinal))
        {
            keys = [$"{Comparison.TrimStart('!')} {Text}"];
            if (Expression.FaultOf(Text, Comparison.EndsWith('*')) is not null)
            {
                return null;
            }
        }
        else
        {
            // As an expression, because the case of texts does not count in a map.
            var text = fold(Text);
            keys = [text.Length == 0 ? "" : $"~ ^{Regex.Escape(text)}$"];
            if (text.Contains('$', StringComparison.Ordinal))
            {
                return null;
            }
        }

        var lines = keys.Select(key => (object)new CommentedJson().Set("Is", key).Set("Then", isNegated ? otherwise : then));
        return new CommentedJson().Set("Of", source).Set("Values", (List<object>)[.. lines]).Set("Default", isNegated ? then : otherwise);
    }

    /// <summary>The variables behind it: the groups of its expression are known there.</summary>
    public Variables Inside(Variables variables) => Comparison is "~" or "~*" ? variables.WithCaptures(Text, isHost: false) : variables;
}
