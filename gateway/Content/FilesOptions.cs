namespace YarpWs.Gateway.Content;

/// <summary>The files that a route answers with. Such a route has no ClusterId.</summary>
internal sealed record FilesOptions
{
    /// <summary>The directory in which the whole path of the request is looked up, relative to the settings file. This or Alias is required.</summary>
    public string? Root { get; init; }

    /// <summary>The directory in which what stands behind the fixed beginning of the route's Path is looked up; for a Path without parameters, the file. This or Root is required.</summary>
    public string? Alias { get; init; }

    /// <summary>The names of files that stand for a directory, the first that is there. Default "index.html".</summary>
    public IReadOnlyList<string>? Index { get; init; }

    /// <summary>What is looked for, one after the other: "$uri" is the path, and a "/" at the end asks for a directory. Default "$uri", "$uri/".</summary>
    public IReadOnlyList<string>? TryFiles { get; init; }

    /// <summary>
    /// What happens where nothing is found: "=404" answers with a status, "/index.html" asks the routes as if the client had asked for that path, "@ID" has
    /// the route of that id answer. Default "=404".
    /// </summary>
    public string Fallback { get; init; } = "=404";

    /// <summary>How directories without an index are listed; an empty object has the defaults. Default not at all: 403.</summary>
    public ListingOptions? Listing { get; init; }

    /// <summary>Whether files and directories whose names begin with a dot are there for clients; .well-known always is. Default false.</summary>
    public bool DotFiles { get; init; }

    /// <summary>Symbolic links below the directory: Inside follows those that end below it, Anywhere follows all, None follows none. Default Inside.</summary>
    public FileLinks Links { get; init; } = FileLinks.Inside;

    /// <summary>Whether a file's compressed siblings, NAME.br and NAME.gz, are sent in its place to clients that take them. Default false.</summary>
    public bool Precompressed { get; init; }

    /// <summary>The types of files by the ends of their names, such as ".wasm", beside the platform's own table. Default none.</summary>
    public IReadOnlyDictionary<string, string>? Types { get; init; }

    /// <summary>Whether the types of Types are all there are, and the platform's own table is not asked. Default false.</summary>
    public bool OwnTypesAlone { get; init; }

    /// <summary>The type of files that no table knows. Default "application/octet-stream".</summary>
    public string DefaultType { get; init; } = "application/octet-stream";

    /// <summary>What is said of the encoding of text: "utf-8". Default none.</summary>
    public string? Charset { get; init; }
}

/// <summary>What becomes of symbolic links.</summary>
internal enum FileLinks
{
    /// <summary>Followed where they end below the directory.</summary>
    Inside,

    /// <summary>Taken as if they were not there.</summary>
    None,

    /// <summary>Followed wherever they end.</summary>
    Anywhere,
}
