namespace YarpWs.Gateway.Access;

/// <summary>Where a token may stand besides the places that are always searched. Section <c>Access</c>.</summary>
internal sealed record AccessOptions
{
    public const string Section = "Access";

    /// <summary>Name of a cookie that holds the token. Default none: cookies are not searched.</summary>
    public string? Cookie { get; init; }
}
