using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Content;

/// <summary>What a route answers by itself, whatever the method, as nginx's return does. Such a route has no ClusterId.</summary>
internal sealed record AnswerOptions
{
    /// <summary>The status. Default 200, and 302 with a Location.</summary>
    [Range(200, 599)]
    public int? Status { get; init; }

    /// <summary>The body, with variables of the request such as $remote_addr. Default none, and a sentence where the status is an error.</summary>
    public string? Body { get; init; }

    /// <summary>The type of the body. Default "text/plain; charset=utf-8".</summary>
    public string ContentType { get; init; } = "text/plain; charset=utf-8";

    /// <summary>Whether the end of the path says the type of the body, as of a file, and ContentType only where no table knows it. Default false.</summary>
    public bool TypeByPath { get; init; }

    /// <summary>Where the client is led to, with variables of the request: "https://$host$request_uri". Default none.</summary>
    public string? Location { get; init; }

    /// <summary>
    /// The path that the request goes on with, as if the client had asked for it, as by nginx's rewrite with "last"; with variables of the request and a query. What the server asks
    /// before its locations is not asked again. Stands alone. Default none.
    /// </summary>
    public string? Path { get; init; }

    /// <summary>Whether the connection is closed without an answer, as by nginx's return 444; over HTTP/2 the stream is reset. Default false.</summary>
    public bool Close { get; init; }
}
