namespace YarpWs.Gateway.Access;

/// <summary>Where the request's token was found. The token itself stands in the Authorization header and nowhere else.</summary>
internal sealed class AccessToken
{
    public static readonly AccessToken ByCookie = new() { FromCookie = true };
    public static readonly AccessToken ByRequest = new();

    private AccessToken()
    {
    }

    /// <summary>Whether a browser adds the token by itself, for any page that asks.</summary>
    public bool FromCookie { get; private init; }
}
