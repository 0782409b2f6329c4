using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Access.Rates;

/// <summary>
/// How many requests may be under way on a route at once, as nginx's limit_conn has it: each key has a count. A socket is under way for as long as it lives. It is asked
/// where RequestRates are, and counts on one gateway alone.
/// </summary>
internal sealed record RequestLimit
{
    /// <summary>
    /// What is counted by itself, with variables of the request: "$remote_addr". A request for which it is empty is not counted; without a variable all requests are counted
    /// together. With $remote_user it is asked once the request has its login. Required.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>Requests under way at once. Required.</summary>
    [Range(1, 10_000_000)]
    public int Requests { get; init; }

    /// <summary>A name under which routes count together. They then have the same Key, and each its own Requests. Default none: the route counts by itself.</summary>
    public string? Zone { get; init; }

    /// <summary>The status of those beyond. Default 429; nginx's is 503.</summary>
    [Range(400, 599)]
    public int Status { get; init; } = StatusCodes.Status429TooManyRequests;

    /// <summary>Whether what is beyond is only counted and logged. Default false.</summary>
    public bool DryRun { get; init; }
}
