using System.ComponentModel.DataAnnotations;
using YarpWs.Gateway.Content;

namespace YarpWs.Gateway.Access.AuthRequests;

/// <summary>
/// Another server that is asked about each request and handshake of a route, as nginx's auth_request does: by GET, without the body, with the client's headers. 2xx lets in, 401 and 403 refuse,
/// anything else is 500. Nothing is remembered, and no user is known by it: that is Authentication:Checks. AuthorizationPolicy is asked beside it: write "anonymous" there.
/// </summary>
internal sealed record AuthRequestOptions
{
    /// <summary>The cluster of ReverseProxy:Clusters that is asked; its balancing and its health hold. Required.</summary>
    public string? Cluster { get; init; }

    /// <summary>The path that is asked, with its query, and with variables of the request: "/check?to=$request_uri". Required.</summary>
    public string? Path { get; init; }

    /// <summary>Whether the question has the headers of the client. Default true; otherwise those of Headers alone.</summary>
    public bool ClientHeaders { get; init; } = true;

    /// <summary>Headers of the question over those of the client; one that comes out empty is left out. Without a Host it is the client's. Default none.</summary>
    public IReadOnlyList<RequestHeader>? Headers { get; init; }

    /// <summary>How long an answer may take, all tries together. Default 00:00:05, from 0.1 s to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}
