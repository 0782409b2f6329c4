using YarpWs.Gateway.Import.Grammar;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>proxy_cookie_path and proxy_cookie_domain: what clients get in place of what destinations write into their cookies.</summary>
/// <param name="scope">The location's block.</param>
/// <param name="variables">What holds here.</param>
/// <param name="draft">Its route.</param>
/// <param name="report">Where it is told.</param>
internal sealed class CookieTranslation(Scope scope, Variables variables, RouteDraft draft, ImportReport report)
{
    public void Add()
    {
        var cookies = new List<object>();
        foreach (var (name, key) in (ReadOnlySpan<(string, string)>)[("proxy_cookie_path", "Path"), ("proxy_cookie_domain", "Domain")])
        {
            foreach (var rule in scope.FindAll(name))
            {
                Add(rule, key, cookies);
            }
        }

        draft.SetIfAny("Cookies", cookies);
    }

    private void Add(Directive rule, string key, List<object> cookies)
    {
        if (rule.Argument == "off")
        {
            report.Say(rule, ImportOutcome.Kept, "Cookies go through as destinations write them.");
            return;
        }

        if (rule.Arguments is not [var from, var to])
        {
            return;
        }

        // A domain's expression has no regard to case in any form.
        var isExpression = from.StartsWith('~');
        var expression = from.TrimStart('~', '*').Trim();
        var (begin, unknown) = isExpression ? ($"{(key == "Domain" || from.StartsWith("~*", StringComparison.Ordinal) ? "~*" : "~")} {expression}", "") : variables.Translate(from);
        var (text, unknownTo) = isExpression ? variables.TranslateBesideGroups(to) : variables.Translate(to);
        if (begin is not { Length: > 0 } || text is null || (isExpression && Expression.FaultOf(expression, ignoreCase: false) is not null))
        {
            report.Say(rule, ImportOutcome.Unsupported, $"{(unknown + unknownTo is { Length: > 0 } variable ? variable : "Its expression")} has no counterpart; cookies go through as the destination writes them.");
            return;
        }

        cookies.Add(new CommentedJson().Set(key, begin).Set("To", text));
        report.Say(rule, ImportOutcome.Kept, "Cookies.");
    }
}
