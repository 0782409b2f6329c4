using System.Globalization;
using System.Security.Claims;

namespace YarpWs.Gateway.Requests;

/// <summary>What a checked token, or an external check, says of a login (RFC 7519, section 4.1; OpenID Connect's <c>sid</c>).</summary>
internal sealed record Login
{
    private const string SessionClaim = "session";

    private const string CheckClaim = "check";

    /// <summary>Claims of a token are of the token's issuer, and of this one only what the gateway adds.</summary>
    private const string GatewayIssuer = " yarpws";

    private static readonly Predicate<Claim> IsOfSession = claim => claim.Type == SessionClaim && claim.Issuer == GatewayIssuer;

    private static readonly Predicate<Claim> IsOfCheck = claim => claim.Type == CheckClaim && claim.Issuer == GatewayIssuer;

    /// <summary>The <c>iss</c> of the token. Users of two issuers are two users, whatever they are called.</summary>
    public string? Issuer { get; init; }

    /// <summary>The <c>sub</c>.</summary>
    public string? User { get; init; }

    /// <summary>The <c>sid</c>: one session of the user's, which several tokens may belong to one after the other.</summary>
    public string? SessionId { get; init; }

    /// <summary>The <c>jti</c>: this token and no other.</summary>
    public string? TokenId { get; init; }

    /// <summary>The <c>iat</c>.</summary>
    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>The <c>exp</c>, which every scheme requires.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Under which key the answer of an external check is remembered that the login comes of; null for a token's.</summary>
    public string? CheckKey { get; init; }

    /// <summary>The gateway's own session that the token belongs to; null for a token that its client has itself.</summary>
    public string? Session { get; init; }

    /// <summary>That of a request which has been let in, read once; null for a client without a login.</summary>
    public static Login? OfAdmitted(HttpContext admitted)
    {
        var login = admitted.Features.Get<Login>();
        if (login is null && (login = Of(admitted.User)) is not null)
        {
            admitted.Features.Set(login);
        }

        return login;
    }

    /// <summary>Null for a client without a login.</summary>
    public static Login? Of(ClaimsPrincipal user) => NumericDate.Parse(user.FindFirst("exp")?.Value) is not { } expiresAt ? null : new Login
    {
        Issuer = user.FindFirst("iss")?.Value,
        User = user.FindFirst("sub")?.Value,
        SessionId = user.FindFirst("sid")?.Value,
        TokenId = user.FindFirst("jti")?.Value,
        IssuedAt = NumericDate.Parse(user.FindFirst("iat")?.Value),
        ExpiresAt = expiresAt,
        CheckKey = user.FindFirst(IsOfCheck)?.Value,
        Session = user.FindFirst(IsOfSession)?.Value,
    };

    /// <summary>What <see cref="Of"/> takes for <see cref="Session"/>, and what no token can say.</summary>
    public static Claim ClaimOfSession(string key) => new(SessionClaim, key, ClaimValueTypes.String, GatewayIssuer);

    /// <summary>What <see cref="Of"/> takes for <see cref="CheckKey"/>, and what no token and no answer of a check can say.</summary>
    public static Claim ClaimOfCheck(string key) => new(CheckClaim, key, ClaimValueTypes.String, GatewayIssuer);
}

/// <summary>A time as tokens tell it: seconds since 1970, a fraction allowed (RFC 7519, section 2).</summary>
internal static class NumericDate
{
    private static readonly double Last = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <summary>Null for what is no number; a number beyond what can be told in years is the first or the last time there is.</summary>
    public static DateTimeOffset? Parse(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && !double.IsNaN(seconds)
            ? DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(seconds, 0, Last))
            : null;
}
