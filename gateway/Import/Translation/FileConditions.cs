using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>
/// Conditions on <c>$request_filename</c>, with which configurations said before there was try_files what answers where no file is: the location as it would be with <c>try_files</c>. What stands in
/// <c>if (-f $request_filename)</c> holds for files, and so for all that such a location answers with.
/// </summary>
internal static class FileConditions
{
    private static readonly string[] OfFiles = ["expires", "add_header", "access_log", "break"];

    /// <summary>The server with such locations written otherwise, or the same object where it has none. What is said of the new ones is said of those that they stand for.</summary>
    public static Directive Rewrite(Directive server, ImportReport report)
    {
        var directives = server.Inner.SelectMany(inner => inner.Name == "location" ? RewriteLocation(inner, report) : [inner]).ToList();
        return directives.SequenceEqual(server.Inner) ? server : report.StandsFor(server.With(directives), server);
    }

    private static IReadOnlyList<Directive> RewriteLocation(Directive location, ImportReport report)
    {
        List<Directive> conditions = [.. location.Inner.Where(line => line.Name == "if" && TestOf(line).EndsWith(" $request_filename", StringComparison.Ordinal))];
        List<Directive> missing = [.. conditions.Where(IsMissing)];
        List<Directive> present = [.. conditions.Where(IsPresent)];
        if (conditions.Count == 0 || missing.Count > 1 || missing.Count + present.Count < conditions.Count || location.Inner.Any(line => line.Name is "try_files" or "proxy_pass"))
        {
            return [location];
        }

        List<Directive> rest = [.. location.Inner.Except(conditions), .. present.SelectMany(condition => condition.Inner).Where(line => line.Name != "break")];
        foreach (var condition in present)
        {
            var isEmpty = condition.Inner.All(line => line.Name == "break");
            report.Say(condition, isEmpty ? ImportOutcome.Kept : ImportOutcome.Changed, isEmpty ? "Files:TryFiles asks for the file." : "What stands in it holds for the location, which answers with files: a redirect to a directory's slash has it as well.");
        }

        foreach (var line in conditions.SelectMany(condition => condition.Inner).Where(line => line.Name == "break"))
        {
            report.Say(line, ImportOutcome.Kept, "Nothing stands behind it that is asked.");
        }

        if (missing is not [var without])
        {
            return [report.StandsFor(location.With(rest), location)];
        }

        var instead = without.Inner.First(line => line.Name != "break");
        if (instead.Name == "proxy_pass")
        {
            var name = $"@file-{location.Location.Line}";
            var files = location.With([.. rest.Where(line => !line.Name.StartsWith("proxy_", StringComparison.Ordinal)), Tries(without, name)]);
            report.Say(without, ImportOutcome.Kept, "Files:TryFiles, and a route of its own as Files:Fallback.");
            return [report.StandsFor(files, location), Make(without, ["location", name], [.. location.Inner.Except(conditions).Where(line => line.Name is not ("root" or "index")), instead])];
        }

        report.Say(without, ImportOutcome.Kept, "Files:TryFiles, and Files:Fallback.");
        report.Say(instead, ImportOutcome.Kept, "Files:Fallback.");
        string[] last = instead.Name == "return" ? [$"={instead.Argument}"] : instead.Arguments is [_, var file, "break"] ? [file, "=404"] : [$"{instead.Arguments[1]}$is_args$args"];
        return [report.StandsFor(location.With([.. rest, Tries(without, last)]), location)];
    }

    private static Directive Tries(Directive condition, params string[] last) =>
        Make(condition, ["try_files", "$uri", .. TestOf(condition).Contains("-e", StringComparison.Ordinal) ? (string[])["$uri/"] : [], .. last], null);

    /// <summary>Whether it says what answers where no file is: a destination, another path whatever the first was, or an error.</summary>
    private static bool IsMissing(Directive line) => TestOf(line).StartsWith('!') && line.Inner.Where(inner => inner.Name != "break").ToList() is [var only] && only switch
    {
        { Name: "proxy_pass" } => true,
        { Name: "return", Arguments: [['4' or '5', _, _]] } => only.Argument != "444",
        { Name: "rewrite", Arguments: [_, ['/', ..]] or [_, ['/', ..], "last" or "break"] } => RewriteTranslation.IsEverything(only.Argument) && only.Arguments[1].AsSpan().IndexOfAny('$', '?') < 0,
        _ => false,
    };

    private static bool IsPresent(Directive line) => TestOf(line) is ['-', 'f' or 'e', ..] && line.Inner.All(inner => OfFiles.Contains(inner.Name));

    private static string TestOf(Directive condition) => string.Join(' ', condition.Arguments).Trim('(', ')', ' ');

    private static Directive Make(Directive from, IReadOnlyList<string> words, IReadOnlyList<Directive>? block) => new([.. words.Select(word => new Word(word, false, from.Location))], block);
}
