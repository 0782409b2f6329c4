using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>
/// <c>if (!-f $request_filename) { proxy_pass …; break; }</c>, with which configurations said before there was try_files that a destination answers what is no file: the location as it would be
/// with <c>try_files $uri @destination</c>.
/// </summary>
internal static class FileConditions
{
    /// <summary>The server with such locations written otherwise, or the same object where it has none. What is said of the new ones is said of those that they stand for.</summary>
    public static Directive Rewrite(Directive server, ImportReport report)
    {
        var directives = new List<Directive>();
        foreach (var inner in server.Inner)
        {
            if (inner.Name != "location" || inner.Inner.Any(line => line.Name is "try_files" or "proxy_pass") || inner.Inner.Where(IsMissing).ToList() is not [var condition])
            {
                directives.Add(inner);
                continue;
            }

            var name = $"@file-{inner.Location.Line}";
            var tries = Make(condition, ["try_files", .. TestOf(condition).Contains("-e", StringComparison.Ordinal) ? (string[])["$uri", "$uri/"] : ["$uri"], name], null);
            var files = inner.With([.. inner.Inner.Where(line => line != condition && !line.Name.StartsWith("proxy_", StringComparison.Ordinal)), tries]);
            directives.Add(files);
            directives.Add(Make(condition, ["location", name], [.. inner.Inner.Where(line => line != condition && line.Name is not ("root" or "index" or "if")), .. condition.Inner.Where(line => line.Name != "break")]));
            report.StandsFor(files, inner);
            report.Say(condition, ImportOutcome.Kept, "Files:TryFiles, and a route of its own as Files:Fallback.");
        }

        return directives.SequenceEqual(server.Inner) ? server : report.StandsFor(server.With(directives), server);
    }

    private static bool IsMissing(Directive line) =>
        line.Name == "if" && TestOf(line) is "!-f $request_filename" or "!-e $request_filename" && line.Inner.Where(inner => inner.Name != "break").ToList() is [{ Name: "proxy_pass" }];

    private static string TestOf(Directive condition) => string.Join(' ', condition.Arguments).Trim('(', ')', ' ');

    private static Directive Make(Directive from, IReadOnlyList<string> words, IReadOnlyList<Directive>? block) => new([.. words.Select(word => new Word(word, false, from.Location))], block);
}
