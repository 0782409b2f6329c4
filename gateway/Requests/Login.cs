using System.Globalization;
using System.Security.Claims;

namespace YarpWs.Gateway.Requests;

/// <summary>What a checked token, or an external check, says of a login (RFC 7519, section 4.1; OpenID Connect's <c>sid</c>).</summary>
internal sealed record Login
{
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

    /// <summary>Null for a client without a login.</summary>
    public static Login? Of(ClaimsPrincipal user) => NumericDate.Parse(user.FindFirst("exp")?.Value) is not { } expiresAt ? null : new Login
    {
        Issuer = user.FindFirst("iss")?.Value,
        User = user.FindFirst("sub")?.Value,
        SessionId = user.FindFirst("sid")?.Value,
        TokenId = user.FindFirst("jti")?.Value,
        IssuedAt = NumericDate.Parse(user.FindFirst("iat")?.Value),
        ExpiresAt = expiresAt,
        CheckKey = user.FindFirst("yarpws_check")?.Value,
    };
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
