using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Win32.SafeHandles;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Content;

/// <summary>Looks for the files of a route: which names a request stands for, and which of them is there. Never changes; any thread, and on the pool, because it asks the disk.</summary>
internal sealed class FileSearch
{
    private const string Uri = "$uri";

    private static readonly string[] DefaultIndex = ["index.html"];
    private static readonly string[] DefaultCandidates = [Uri, Uri + "/"];

    private static readonly (string Encoding, string End)[] Siblings = [("br", ".br"), ("gzip", ".gz")];

    private readonly FilesOptions _options;
    private readonly FileTree _tree;
    private readonly IReadOnlyList<string> _index;
    private readonly IReadOnlyList<string> _candidates;

    /// <summary>Whether a candidate names the path of the request.</summary>
    private readonly bool _namePath;

    /// <summary>How many names of a path are the route's own, and not looked up.</summary>
    private readonly int _ownNames;

    /// <param name="options">What the route says.</param>
    /// <param name="path">The pattern of the route's path; null when it takes all.</param>
    /// <param name="directory">What relative names begin at.</param>
    public FileSearch(FilesOptions options, string? path, string directory)
    {
        _options = options;
        _tree = new FileTree(Path.GetFullPath(options.Root ?? options.Alias!, directory), options.Links, options.DotFiles);
        _index = options.Index ?? DefaultIndex;
        _candidates = options.TryFiles ?? DefaultCandidates;
        _namePath = _candidates.Any(candidate => candidate.Contains(Uri, StringComparison.Ordinal));
        _ownNames = options.Root is not null || path is null ? 0 : RoutePatternFactory.Parse(path).PathSegments.TakeWhile(segment => segment.IsSimple && segment.Parts[0].IsLiteral).Count();
    }

    /// <summary>Looks for the candidates of a request, one after the other; the caller disposes of the handle.</summary>
    /// <returns>A directory only where it is asked for without its slash, or listed.</returns>
    public FoundFile Find(HttpContext context)
    {
        var path = PathOf(context);

        // Where no candidate names the path, any will do.
        if ((_namePath ? _tree.Normalize(path) : "") is not { } names)
        {
            return new FoundFile(FileOutcome.Missing, "", null);
        }

        names = string.Join('/', names.Split('/').Skip(_ownNames));
        var hasSlash = path.EndsWith('/');
        var uri = $"/{names}{(hasSlash && names.Length > 0 ? "/" : "")}";
        foreach (var candidate in _candidates)
        {
            var text = candidate.Replace(Uri, uri, StringComparison.Ordinal);
            var found = candidate.EndsWith('/') ? FindIndex(text, mayLackSlash: hasSlash || candidate != Uri + "/") : FindFile(text);
            if (found.Outcome != FileOutcome.Missing)
            {
                return found;
            }
        }

        return new FoundFile(FileOutcome.Missing, "", null);
    }

    /// <summary>The compressed sibling of a file that a client takes; null where there is none. The caller disposes of the handle.</summary>
    public (string Encoding, SafeFileHandle? Handle)? FindSibling(HttpRequest request, string name)
    {
        var accepted = request.GetTypedHeaders().AcceptEncoding;
        foreach (var (encoding, end) in Siblings)
        {
            if (accepted.Any(one => one.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && one.Quality is not 0)
                && _tree.Open(name + end, out var handle) == FileOutcome.Found)
            {
                return (encoding, handle);
            }
        }

        return null;
    }

    /// <summary>What is in a directory that was found; null where it cannot be read, and more than so many where there are more.</summary>
    public IReadOnlyList<DirectoryEntry>? List(string name, int most) => _tree.List(name, most);

    /// <summary>Of a location's path, what stands behind the location, where an Alias stands for it.</summary>
    private string PathOf(HttpContext context) => _options.Alias is not null && context.Features.Get<MatchedLocation>() is { } location
        ? "/" + System.Uri.UnescapeDataString(NormalizedPath.Encode(location.Path.AsSpan(location.PrefixLength))).TrimStart('/')
        : context.Request.Path.Value ?? "/";

    private FoundFile FindFile(string text)
    {
        // A file has no slash behind its name; the root has none in front of it, where an Alias is a file.
        if ((text.Length > 1 && text.EndsWith('/')) || _tree.Normalize(text) is not { } name)
        {
            return new FoundFile(FileOutcome.Missing, "", null);
        }

        var outcome = _tree.Open(name, out var handle);
        return outcome == FileOutcome.Directory ? new FoundFile(FileOutcome.Missing, "", null) : new FoundFile(outcome, name, handle);
    }

    private FoundFile FindIndex(string text, bool mayLackSlash)
    {
        if (_tree.Normalize(text) is not { } name)
        {
            return new FoundFile(FileOutcome.Missing, "", null);
        }

        var outcome = _tree.Open(name, out var handle);
        handle?.Dispose();
        if (outcome != FileOutcome.Directory)
        {
            return new FoundFile(outcome == FileOutcome.Found ? FileOutcome.Missing : outcome, "", null);
        }

        if (!mayLackSlash)
        {
            return new FoundFile(FileOutcome.Directory, "", null);
        }

        foreach (var index in _index)
        {
            if (FindFile($"{name}/{index}") is { Outcome: not FileOutcome.Missing } found)
            {
                return found with { Index = index };
            }
        }

        if (_options.Listing is not null)
        {
            return new FoundFile(FileOutcome.Found, name, null) { IsListed = true };
        }

        // It is there, and shows nothing of itself.
        return new FoundFile(FileOutcome.Forbidden, "", null);
    }
}

/// <summary>What a search has come to.</summary>
/// <param name="Outcome">Whether there is a file, and may be read.</param>
/// <param name="Name">The file's, below the directory of the route.</param>
/// <param name="Handle">The open file; null where there is none.</param>
internal readonly record struct FoundFile(FileOutcome Outcome, string Name, SafeFileHandle? Handle)
{
    /// <summary>The name of the file that stands for a directory; empty for any other.</summary>
    public string Index { get; init; } = "";

    /// <summary>Whether it is a directory that is listed.</summary>
    public bool IsListed { get; init; }
}
