using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>The files that a location answers with.</summary>
/// <param name="scope">The location's block, or the server's for what no location takes.</param>
/// <param name="location">What it matches.</param>
/// <param name="variables">What holds here.</param>
/// <param name="server">The server that it is one of.</param>
/// <param name="draft">Its route.</param>
/// <param name="report">Where it is told.</param>
internal sealed class FileTranslation(Scope scope, NginxLocation location, Variables variables, ServerTranslation server, RouteDraft draft, ImportReport report)
{
    public void Add()
    {
        var alias = scope.Own("alias").FirstOrDefault();
        var root = alias ?? scope.Find("root");
        if (root is null)
        {
            draft.Answer = new CommentedJson().Set("Status", 404);
            report.Note("Where nothing answers and no root is named, nginx looks into the html directory that it was built with; such locations answer 404 here.");
            return;
        }

        var (directory, isConstant) = (variables.Fold(root.Argument), !variables.Fold(root.Argument).Contains('$', StringComparison.Ordinal));
        if (!isConstant || (alias is not null && location.IsExpression))
        {
            draft.Refuse(root, "A directory with variables in its name is not looked up; write a location for each.");
            return;
        }

        var files = new CommentedJson().Set(alias is null ? "Root" : "Alias", server.PathOf(directory));
        report.Say(root, ImportOutcome.Kept, "Files.");
        if (scope.Find("index") is { } index)
        {
            List<object> names = [.. index.Arguments.Where(name => !name.Contains('/', StringComparison.Ordinal) && !name.Contains('$', StringComparison.Ordinal))];
            files.Set("Index", names);
            report.Say(index, names.Count == index.Arguments.Count ? ImportOutcome.Kept : ImportOutcome.Unsupported, "Files:Index, names in the directory alone.");
        }

        if (draft.File is { } file)
        {
            files.Set("TryFiles", (List<object>)[file]);
        }
        else if (scope.Own("try_files").FirstOrDefault() is { } tries && !AddTries(tries, files))
        {
            return;
        }

        if (scope.Find("autoindex") is { Argument: "on" } listing)
        {
            AddListing(listing, files);
        }

        if (scope.Find("gzip_static") is { Argument: not "off" } precompressed)
        {
            files.Set("Precompressed", true);
            report.Say(precompressed, ImportOutcome.Kept, "Files:Precompressed.");
        }

        if (scope.Find("default_type") is { } type)
        {
            files.Set("DefaultType", type.Argument);
            report.Say(type, ImportOutcome.Kept, "Files:DefaultType.");
        }
        else
        {
            // nginx's own, where its files name no type.
            files.Set("DefaultType", "text/plain");
        }

        AddTypes(files);
        if (scope.Find("charset") is { Argument: not "off" } charset)
        {
            files.Set("Charset", charset.Argument);
            report.Say(charset, ImportOutcome.Changed, "Files:Charset; destinations say their own.");
        }

        // nginx shows them, unless a location refuses them.
        files.Set("DotFiles", true);
        if (scope.Find("disable_symlinks") is { } links)
        {
            files.Set("Links", links.Argument == "off" ? "Anywhere" : "Inside");
            report.Say(links, links.Argument == "off" ? ImportOutcome.Kept : ImportOutcome.Changed, "Files:Links.");
        }
        else
        {
            files.Set("Links", "Anywhere");
        }

        draft.Route.Set("Files", files);
    }

    /// <summary>types that stand in a block themselves: in nginx they are all that holds there, beside the table that is included in the same block.</summary>
    private void AddTypes(CommentedJson files)
    {
        var level = scope;
        while (level is not null && !level.Own("types").Any())
        {
            level = level.Parent;
        }

        var own = level?.Own("types").Where(block => !IsTable(block.Location.File)).ToList() ?? [];
        if (own.Count == 0)
        {
            return;
        }

        var types = new CommentedJson();
        foreach (var (name, end) in own.SelectMany(block => block.Inner).SelectMany(line => line.Arguments.Select(end => (line.Name, end))))
        {
            types.Remove($".{end}");
            types.Set($".{end}", name.Replace("$", "$$", StringComparison.Ordinal));
        }

        if (!types.IsEmpty)
        {
            files.Set("Types", types);
        }

        var isAlone = !level!.Own("types").Any(block => IsTable(block.Location.File)) && !level.Own("include").Any(include => IsTable(include.Argument));
        if (isAlone)
        {
            files.Set("OwnTypesAlone", true);
        }

        own.ForEach(block => report.Say(block, ImportOutcome.Kept, isAlone ? "Files:Types, and OwnTypesAlone." : "Files:Types, beside the platform's own table."));
    }

    /// <summary>Whether it is nginx's table, in place of which the platform's own is used.</summary>
    private static bool IsTable(string file) => Path.GetFileName(file) == "mime.types";

    private void AddListing(Directive listing, CommentedJson files)
    {
        var json = new CommentedJson();
        var format = scope.Find("autoindex_format");
        if (format is { Argument: not ("html" or "json") })
        {
            report.Say(format, ImportOutcome.Unsupported, "Directories are listed as html or json; html is written.");
        }
        else if (format is not null)
        {
            json.Set("Format", format.Argument == "json" ? "Json" : "Html");
            report.Say(format, ImportOutcome.Kept, "Files:Listing:Format.");
        }

        foreach (var (name, key, usual) in (ReadOnlySpan<(string, string, string)>)[("autoindex_exact_size", "ExactSize", "on"), ("autoindex_localtime", "LocalTime", "off")])
        {
            if (scope.Find(name) is { } directive)
            {
                report.Say(directive, ImportOutcome.Kept, $"Files:Listing:{key}.");
                if (directive.Argument != usual)
                {
                    json.Set(key, directive.Argument == "on");
                }
            }
        }

        files.Set("Listing", json);
        report.Say(listing, ImportOutcome.Kept, "Files:Listing.");
    }

    private bool AddTries(Directive tries, CommentedJson files)
    {
        List<object> candidates = [];
        foreach (var candidate in tries.Arguments.SkipLast(1).Select(variables.Fold))
        {
            if (candidate.Replace("$uri", "", StringComparison.Ordinal).Contains('$', StringComparison.Ordinal) || !(candidate.StartsWith('/') || candidate.StartsWith("$uri", StringComparison.Ordinal)))
            {
                draft.Refuse(tries, $"'{candidate}' names files by more than the path.");
                return false;
            }

            candidates.Add(candidate);
        }

        var last = tries.Arguments.Count > 0 ? tries.Arguments[^1] : "=404";
        var (fallback, unknown) = last is ['@', ..] ? (server.IdOfNamed(last), "") : variables.Translate(last);
        if (fallback is null || (!fallback.StartsWith('=') && !fallback.StartsWith('/') && !fallback.StartsWith('@') && !fallback.StartsWith("$uri", StringComparison.Ordinal)))
        {
            draft.Refuse(tries, unknown.Length > 0 ? $"{unknown} has no counterpart." : $"'{last}' is no place to go on at.");
            return false;
        }

        files.Set("TryFiles", candidates).Set("Fallback", fallback);
        report.Say(tries, ImportOutcome.Kept, "Files:TryFiles, and Files:Fallback.");
        return true;
    }
}
