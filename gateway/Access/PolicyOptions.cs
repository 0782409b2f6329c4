namespace YarpWs.Gateway.Access;

/// <summary>
/// A rule that a route may name as its AuthorizationPolicy. Sections <c>Authorization:Policies:{name}</c>. Every policy requires a valid
/// token; what is given here is required on top.
/// </summary>
internal sealed record PolicyOptions
{
    public const string Section = "Authorization:Policies";

    /// <summary>Roles (claim <c>role</c>), any one of which is enough. Default none required.</summary>
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>Claims that must all be there, each with any one of the values listed. Default none required.</summary>
    public IReadOnlyDictionary<string, string[]>? Claims { get; init; }

    /// <summary>Schemes whose tokens count. Default all.</summary>
    public IReadOnlyList<string>? Schemes { get; init; }
}
