using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Content;

/// <summary>What clients get in place of an error. One of File, Path and Location is required.</summary>
internal sealed record ErrorPage
{
    /// <summary>The statuses that it stands for, from 300 to 599. Required.</summary>
    public IReadOnlyList<int>? Statuses { get; init; }

    /// <summary>A file that is sent, relative to the settings file; its type follows from its name.</summary>
    public string? File { get; init; }

    /// <summary>A path that the routes are asked for as if the client had asked for it, or "@ID" for the route of that id.</summary>
    public string? Path { get; init; }

    /// <summary>Where the client is led to, with variables of the request.</summary>
    public string? Location { get; init; }

    /// <summary>The status of the answer. Default that of the error, and 302 with a Location.</summary>
    [Range(200, 599)]
    public int? Status { get; init; }

    /// <summary>Whether the answer has the status that the page at Path has, as with nginx's "=" without a number. Default false.</summary>
    public bool PageStatus { get; init; }

    /// <summary>Whether it also stands for the errors that a destination answers, as with nginx's proxy_intercept_errors. Default false.</summary>
    public bool OfDestinations { get; init; }
}
