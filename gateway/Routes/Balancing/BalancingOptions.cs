using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// How a cluster's policy shares out its work. They stand in the cluster's <c>Metadata</c>, since the proxy's schema has no place for them:
/// <c>"Metadata": { "Balancing.HashBy": "path:3" }</c>.
/// </summary>
internal sealed record BalancingOptions
{
    public const string Prefix = "Balancing.";

    /// <summary>
    /// What <see cref="BoundedHash"/> keeps together: <c>path:N</c> (the Nth segment, from 1), <c>query:NAME</c>, <c>header:NAME</c>, <c>cookie:NAME</c>,
    /// <c>claim:NAME</c> (of the checked token) or <c>address</c> (the client's). What has none of it goes to whoever has least to do. Default the whole path.
    /// </summary>
    [RegularExpression("^(path(:[1-9][0-9]?)?|query:.+|header:.+|cookie:.+|claim:.+|address)$")]
    public string HashBy { get; init; } = "path";

    /// <summary>
    /// How far above its share of the work a destination may get before <see cref="BoundedHash"/> takes the next one, as a factor. Lower is
    /// more even, higher keeps more together. Default 1.25.
    /// </summary>
    [Range(1.0, 100.0)]
    public double MaxLoad { get; init; } = 1.25;

    /// <summary>
    /// Over how long a destination that has come back, or is new, gets its full share: from a tenth at first, rising evenly. Default 0: at once.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan SlowStart { get; init; }

    /// <summary>
    /// On how many destinations a request is tried, as long as none has begun to answer: a GET, HEAD or OPTIONS without a body, and any other while
    /// none was reached. Default 3; 1 is no retry.
    /// Handshakes have Sockets:HandshakeAttempts.
    /// </summary>
    [Range(1, 100)]
    public int Attempts { get; init; } = 3;

    /// <summary>
    /// After how many failures in a row <see cref="FailureStreak"/> takes a destination out. Those that a client may cause count when several clients
    /// meet them. Default 3.
    /// </summary>
    [Range(1, 1000)]
    public int FailuresInARow { get; init; } = 3;
}
