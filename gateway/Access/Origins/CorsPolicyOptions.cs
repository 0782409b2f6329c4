namespace YarpWs.Gateway.Access.Origins;

/// <summary>
/// What a route tells browsers when it names this as its CorsPolicy. Sections <c>Cors:Policies:{name}</c>. It does not guard
/// WebSockets, to which CORS does not apply: section <c>Origins</c> does.
/// </summary>
internal sealed record CorsPolicyOptions
{
    public const string Section = "Cors:Policies";

    /// <summary>Origins whose pages may read answers, each as <c>https://host[:port]</c>, <c>https://*.host</c> for all names below it, or "*" for any. Default none.</summary>
    public IReadOnlyList<string>? Origins { get; init; }

    /// <summary>Methods allowed beside GET, HEAD and POST, or "*". Default none.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>Request headers allowed, or "*". Default none.</summary>
    public IReadOnlyList<string>? Headers { get; init; }

    /// <summary>Response headers that pages may read. Default none.</summary>
    public IReadOnlyList<string>? ExposedHeaders { get; init; }

    /// <summary>Whether pages may send cookies; not together with origin "*". Default false.</summary>
    public bool Credentials { get; init; }

    /// <summary>
    /// Whether pages of a public network may ask although the gateway is in a private one (<c>Access-Control-Allow-Private-Network</c>). Default false.
    /// </summary>
    public bool PrivateNetwork { get; init; }

    /// <summary>How long a browser may remember the answer to its preflight. Default 5 s, which is the browsers' own.</summary>
    public TimeSpan? MaxAge { get; init; }
}
