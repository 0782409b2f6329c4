namespace YarpWs.Gateway.Access;

/// <summary>Who may come to a route, by address. Of a route's rules the first that fits decides, and where none does the client is let in, as in nginx. One of Allow and Deny is required.</summary>
internal sealed record NetworkRule
{
    /// <summary>A network such as 10.0.0.0/8, an address, or "all": let in.</summary>
    public string? Allow { get; init; }

    /// <summary>A network such as 10.0.0.0/8, an address, or "all": answered 403.</summary>
    public string? Deny { get; init; }
}
