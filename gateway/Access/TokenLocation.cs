namespace YarpWs.Gateway.Access;

/// <summary>Where the request's token was found. The token itself stands in the Authorization header and nowhere else.</summary>
internal sealed class TokenLocation
{
    public static readonly TokenLocation ByCookie = new() { FromCookie = true };
    public static readonly TokenLocation BySession = new() { FromCookie = true, FromSession = true };
    public static readonly TokenLocation ByRequest = new();

    private TokenLocation()
    {
    }

    /// <summary>Whether a browser adds the token by itself, for any page that asks.</summary>
    public bool FromCookie { get; private init; }

    /// <summary>Whether it is that of a session, which browsers alone have.</summary>
    public bool FromSession { get; private init; }
}
