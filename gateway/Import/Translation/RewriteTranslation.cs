using System.Text.RegularExpressions;
using YarpWs.Gateway.Import.Grammar;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>Makes of rewrite what stands for it: (1) a redirect; (2) another path that is looked up; (3) another path on its way to a destination; (4) another file.</summary>
/// <param name="scope">Where it stands.</param>
/// <param name="location">What the block around it matches.</param>
/// <param name="variables">What holds here.</param>
/// <param name="server">The server that it is one of.</param>
/// <param name="report">Where it is told.</param>
/// <param name="others">Routes for the paths that its expression fits.</param>
internal sealed partial class RewriteTranslation(Scope scope, NginxLocation location, Variables variables, ServerTranslation server, ImportReport report, List<ConditionalRoute> others)
{
    /// <summary>Whatever the path is, each of them fits.</summary>
    private static readonly string[] Everything = ["^", "^/", ".*", "^.*", "^.*$", "^(.*)$", "^(.*)", "(.*)", "^/(.*)$", "^/(.*)", "^/?(.*)$", "^/?(.*)"];

    /// <returns>Whether it is kept.</returns>
    public bool Add(Directive rewrite, RouteDraft draft, IReadOnlyList<Directive> behind)
    {
        var (expression, replacement) = (rewrite.Argument, rewrite.Arguments.ElementAtOrDefault(1) ?? "");
        var flag = rewrite.Arguments.ElementAtOrDefault(2) ?? "";
        if (Expression.FaultOf(expression, ignoreCase: false) is { } fault)
        {
            draft.Refuse(rewrite, $"The expression cannot be read: {fault}");
            return false;
        }

        var isOfServer = location.Path.Length == 0;
        if (flag == "break" && !IsRedirect(replacement, flag) && !isOfServer)
        {
            return AddBreak(rewrite, expression, replacement, draft);
        }

        if (flag.Length == 0 && !IsRedirect(replacement, flag) && behind.Any(line => line.Name is "rewrite" or "if" or "return"))
        {
            draft.Refuse(rewrite, "Without a flag the new path goes through what stands behind it; write 'last' or 'break'.");
            return false;
        }

        if (draft.Transforms.Count > 0)
        {
            draft.Refuse(rewrite, "What the one above it has changed is not looked at again; write it as a location of its own.");
            return false;
        }

        if (!isOfServer && Everything.Contains(expression))
        {
            return AddAlways(rewrite, draft);
        }

        if (AnswerOf(rewrite, variables.WithCaptures(expression, isHost: false), draft) is not { } answer)
        {
            return false;
        }

        var route = new RouteDraft(report) { Answer = answer };
        new AnswerTranslation(scope, variables, server, route, report).Add();
        others.Add(new ConditionalRoute($"$uri ~ {expression}", route.Finish(), rewrite));
        return true;
    }

    /// <summary>One that fits every path is the answer.</summary>
    public bool AddAlways(Directive rewrite, RouteDraft draft)
    {
        var expression = rewrite.Argument;
        if (!Everything.Contains(expression) || rewrite.Arguments.ElementAtOrDefault(2) == "break")
        {
            return false;
        }

        // $1 is the path, with or without its first slash.
        var path = expression.StartsWith("^/", StringComparison.Ordinal) ? "/$1" : "$1";
        draft.Answer = AnswerOf(rewrite, variables, draft, text => text.Replace(path, "$uri", StringComparison.Ordinal));
        return draft.Answer is not null;
    }

    /// <summary>Whether an expression fits whatever the path is.</summary>
    public static bool IsEverything(string expression) => Everything.Contains(expression);

    private static bool IsRedirect(string replacement, string flag) => flag is "permanent" or "redirect"
        || replacement.StartsWith("http://", StringComparison.Ordinal) || replacement.StartsWith("https://", StringComparison.Ordinal) || replacement.StartsWith("$scheme", StringComparison.Ordinal);

    /// <summary>Null, and the route refused, where something of it has no counterpart.</summary>
    private CommentedJson? AnswerOf(Directive rewrite, Variables known, RouteDraft draft, Func<string, string>? change = null)
    {
        var flag = rewrite.Arguments.ElementAtOrDefault(2) ?? "";
        var replacement = known.Fold(rewrite.Arguments.ElementAtOrDefault(1) ?? "");
        var (translated, unknown) = known.Translate(change?.Invoke(replacement) ?? replacement);
        if (translated is null)
        {
            draft.Refuse(rewrite, $"{unknown} has no counterpart.");
            return null;
        }

        // New arguments go before those of the request; a question mark at the end leaves these out.
        var target = translated is [.. var head, '?'] ? head : translated.Contains('?', StringComparison.Ordinal) ? $"{translated}&$args" : $"{translated}$is_args$args";
        if (!IsRedirect(replacement, flag))
        {
            report.Say(rewrite, ImportOutcome.Kept, "Answer:Path.");
            return new CommentedJson().Set("Path", target);
        }

        report.Say(rewrite, ImportOutcome.Kept, "Answer.");
        return new CommentedJson().Set("Status", flag == "permanent" ? 301 : 302).Set("Location", target is ['/', ..] || target.StartsWith("$uri", StringComparison.Ordinal) ? server.Absolute(target) : target);
    }

    private bool AddBreak(Directive rewrite, string expression, string replacement, RouteDraft draft)
    {
        var target = variables.Fold(replacement);
        if (scope.Find("proxy_pass") is not null && GroupsAlone().IsMatch(target))
        {
            draft.Transforms.Add(new CommentedJson().Set("PathRewrite", expression).Set("To", target));
            report.Say(rewrite, ImportOutcome.Kept, "PathRewrite.");
            return true;
        }

        if (scope.Find("proxy_pass") is null && Everything.Contains(expression) && !target.Contains('$', StringComparison.Ordinal))
        {
            draft.File = target.Split('?')[0];
            report.Say(rewrite, ImportOutcome.Kept, "Files:TryFiles.");
            return true;
        }

        draft.Refuse(rewrite, "A path is changed on its way to a destination by groups of its expression alone, and to one file: write what else it does as a location of its own.");
        return false;
    }

    [GeneratedRegex(@"^(?:[^$]|\$[1-9])*$")]
    private static partial Regex GroupsAlone();
}
