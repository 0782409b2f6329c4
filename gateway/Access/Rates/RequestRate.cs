using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Access.Rates;

/// <summary>
/// How often requests may come to a route, as nginx's limit_req has it: each key has a bucket that a request fills by one, and that leaks at the rate. It is asked once a
/// request has its login and before its address is looked at. A gateway counts alone, so that of two each lets in as many, unless they share it.
/// </summary>
internal sealed record RequestRate
{
    private const int Most = 1_000_000;

    /// <summary>
    /// What is counted by itself, with variables of the request: "$remote_addr". A request for which it is empty is not counted; without a variable all requests are counted
    /// together. With $remote_user it is asked once the request has its login. Required.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>Requests in each Per. Required.</summary>
    [Range(1, Most)]
    public int Requests { get; init; }

    /// <summary>Default 00:00:01, up to an hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Per { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many may come at once beyond the rate. Default 0.</summary>
    [Range(0, Most)]
    public int Burst { get; init; }

    /// <summary>How many of the Burst are let through at once; those beyond wait for their turn. Default all: nobody waits.</summary>
    [Range(0, Most)]
    public int? DelayBeyond { get; init; }

    /// <summary>A name under which routes share the buckets. They then have the same Key, Requests, Per and Shared. Default none: the route has its own.</summary>
    public string? Zone { get; init; }

    /// <summary>
    /// Whether all gateways on the Redis of Redis:Configuration count together. Each request that is counted then asks Redis, and waits for it no longer than Redis:CommandTimeout. Default false.
    /// </summary>
    public bool Shared { get; init; }

    /// <summary>
    /// What becomes of requests while gateways share the rate and Redis does not answer: CountAlone, the gateway counts by itself as if it did not share; or Refuse, 503. Default CountAlone.
    /// </summary>
    public WithoutRedis WithoutRedis { get; init; }

    /// <summary>The status of what comes beyond the Burst. Default 429; nginx's is 503.</summary>
    [Range(400, 599)]
    public int Status { get; init; } = StatusCodes.Status429TooManyRequests;

    /// <summary>Whether what is beyond is only counted and logged. Default false.</summary>
    public bool DryRun { get; init; }

    public double PerSecond => Requests / Per.TotalSeconds;
}
