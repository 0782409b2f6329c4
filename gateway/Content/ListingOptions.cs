using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Content;

/// <summary>How a directory without an index is listed, as nginx's autoindex does it. What begins with a dot is not in it, nor what a client could not ask for.</summary>
internal sealed record ListingOptions
{
    /// <summary>Html for a page, Json for programs. Default Html.</summary>
    public ListingFormat Format { get; init; } = ListingFormat.Html;

    /// <summary>Whether a page tells sizes in bytes, and not rounded in K, M and G. Default true.</summary>
    public bool ExactSize { get; init; } = true;

    /// <summary>Whether a page tells times of the gateway's own zone, and not UTC. Default false.</summary>
    public bool LocalTime { get; init; }

    /// <summary>Entries that are listed; a directory that has more is answered 403, because all are held in memory to be sorted. Default 10000.</summary>
    [Range(1, 1_000_000)]
    public int MaxEntries { get; init; } = 10_000;
}

/// <summary>What a listing is written as.</summary>
internal enum ListingFormat
{
    /// <summary>A page.</summary>
    Html,

    /// <summary>A list of objects with name, type, mtime and, of files, size.</summary>
    Json,
}
