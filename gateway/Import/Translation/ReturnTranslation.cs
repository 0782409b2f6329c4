using System.Globalization;
using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>return: a fixed answer, a redirect, or a connection that is closed.</summary>
/// <param name="location">What the block around it matches.</param>
/// <param name="variables">What holds here.</param>
/// <param name="server">The server that it is one of.</param>
/// <param name="draft">The route.</param>
/// <param name="report">Where it is told.</param>
internal sealed class ReturnTranslation(NginxLocation location, Variables variables, ServerTranslation server, RouteDraft draft, ImportReport report)
{
    /// <summary>Returns whether a return stands here, which answers before anybody is refused.</summary>
    public bool Add(Scope where, IReadOnlyList<Directive> directives)
    {
        if (directives.FirstOrDefault(directive => directive.Name == "return") is not { } @return)
        {
            return false;
        }

        var first = @return.Argument;
        var status = int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 302;
        var text = @return.Arguments.Count > 1 ? @return.Arguments[1] : char.IsAsciiDigit(first.FirstOrDefault()) ? null : first;
        if (status == 444)
        {
            draft.Answer = new CommentedJson().Set("Close", true);
            report.Say(@return, ImportOutcome.Kept, "Answer:Close.");
            return true;
        }

        if (status is < 200 or > 599)
        {
            draft.Refuse(@return, $"{status} is no status that is sent.");
            return true;
        }

        var (translated, unknown) = text is null ? (null, "") : variables.Translate(text);
        if (unknown.Length > 0)
        {
            draft.Refuse(@return, $"{unknown} has no counterpart.");
            return true;
        }

        draft.Answer = new CommentedJson().Set("Status", status);
        if (status is 301 or 302 or 303 or 307 or 308)
        {
            draft.Answer.Set("Location", translated is ['/', ..] && where.Find("absolute_redirect")?.Argument != "off" ? server.Absolute(translated) : translated ?? "/");
        }
        else if (status is not (204 or 205 or 304))
        {
            if (translated is not null)
            {
                draft.Answer.Set("Body", translated);
            }

            AddContentType(where, translated is not null);
        }

        report.Say(@return, ImportOutcome.Kept, "Answer.");
        return true;
    }

    /// <summary>A type that add_header says beside the one that nginx says goes in its place: two of them are read in several ways.</summary>
    private void AddContentType(Scope where, bool hasBody)
    {
        if (where.Find("default_type") is { } type)
        {
            report.Say(type, ImportOutcome.Kept, "Answer:ContentType, and Files:DefaultType.");
        }

        var added = where.FindAll("add_header").FirstOrDefault(header => header.Argument.Equals("Content-Type", StringComparison.OrdinalIgnoreCase));
        if (hasBody)
        {
            draft.Answer!.Set("ContentType", added?.Arguments.ElementAtOrDefault(1) ?? where.Find("default_type")?.Argument ?? "text/plain");
            if (added is null && location.MayHaveType)
            {
                draft.Answer.Set("TypeByPath", true);
            }
        }
    }
}
