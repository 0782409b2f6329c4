using System.Globalization;
using Microsoft.IdentityModel.Tokens;

namespace YarpWs.Platform.Jwt;

/// <summary>
/// Why a token is not good, without the token: a sentence for its owner, and a few words for the operator's log. Of several schemes the one that came
/// furthest speaks: what it says is about the token, what the others say only that it is not theirs.
/// </summary>
/// <param name="Progress">How far the check came: the later the fault, the more is right.</param>
/// <param name="Description">For the client: the <c>error_description</c> of RFC 6750, section 3.</param>
/// <param name="Reason">For the log.</param>
internal sealed record TokenFault(int Progress, string Description, string Reason)
{
    /// <summary>Whether it could be good by other keys, or for another issuer, than those at hand.</summary>
    public bool IsOfKeyOrIssuer => Progress is 1 or 2 or 4;

    /// <summary>After how many seconds the token may be judged that cannot be now; null where it was, and found wanting.</summary>
    public int? RetryAfterSeconds { get; private init; }

    /// <summary>An audience or an issuer that somebody signed for; longer ones tell nobody more.</summary>
    private const int LongestName = 80;

    /// <summary>A good signature, by a key that signs for another issuer than the token names.</summary>
    public static readonly TokenFault ForeignKey = new(4, "The token is signed with the key of another issuer", "key of another issuer");

    /// <summary>A good token whose login was taken back.</summary>
    public static readonly TokenFault Revoked = new(7, "The login was revoked, log in again", "revoked");

    /// <summary>A good token that would look later as if it had been issued after a revocation.</summary>
    public static readonly TokenFault FromTheFuture = new(7, "The token was issued in the future (iat)", "issued in the future");

    private static readonly TokenFault UnknownKey = new(1, "The token is signed with a key that is not accepted here", "unknown key");

    private static readonly TokenFault Unreadable = new(0, "The token is no JWT", "no JWT");

    public static TokenFault Of(Exception exception, DateTimeOffset now) => exception switch
    {
        // The library gathers what several handlers say; there is one.
        AggregateException { InnerExceptions: [var inner, ..] } => Of(inner, now),
        SecurityTokenExpiredException expired => Expired(now - new DateTimeOffset(expired.Expires, TimeSpan.Zero)),
        SecurityTokenNotYetValidException early => NotYet(new DateTimeOffset(early.NotBefore, TimeSpan.Zero) - now),
        SecurityTokenNoExpirationException => new(6, "The token does not say when it expires (exp)", "no exp"),
        SecurityTokenInvalidAudienceException other => new(5, "The token is made out to another audience (aud)", $"another audience, '{Shown(other.InvalidAudience)}'"),
        SecurityTokenInvalidIssuerException other => new(4, "The token is of another issuer (iss)", $"another issuer, '{Shown(other.InvalidIssuer)}'"),
        SecurityTokenInvalidAlgorithmException => new(2, "The token is signed with an algorithm that is not accepted (alg)", "algorithm not accepted"),
        SecurityTokenSignatureKeyNotFoundException => UnknownKey,
        SecurityTokenInvalidSignatureException or SecurityTokenInvalidSigningKeyException => new(2, "The token's signature is wrong", "wrong signature"),
        CriticalHeadersException => new(6, "The token has critical headers (crit) that are not understood here", "critical headers"),
        SecurityTokenMalformedException or ArgumentException => Unreadable,
        _ => new(1, "The token is not good here", Words(exception)),
    };

    /// <summary>The scheme did not look at it: it names the issuer of another one, which says more.</summary>
    public static TokenFault OfAnotherScheme(string issuer) => new(0, "The token is of another issuer (iss)", $"another issuer, '{Shown(issuer)}'");

    /// <summary>It may be good: its issuer's keys have not come yet.</summary>
    public static TokenFault KeysMissing(int retryAfterSeconds) =>
        new(3, "The login cannot be checked now: the keys of its issuer are not there yet", "no keys of its issuer yet") { RetryAfterSeconds = retryAfterSeconds };

    /// <summary>There may be a good token, which cannot be had now.</summary>
    public static TokenFault NotNow(string description, string reason, int retryAfterSeconds) => new(3, description, reason) { RetryAfterSeconds = retryAfterSeconds };

    private static TokenFault Expired(TimeSpan ago) => new(6, $"The token expired {Rounded(ago)} ago", $"expired {Rounded(ago)} ago");

    private static TokenFault NotYet(TimeSpan until) => new(6, $"The token is good in {Rounded(until)} at the earliest (nbf)", $"not good for another {Rounded(until)}");

    /// <summary>In the largest unit of which there is one at least.</summary>
    private static string Rounded(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalDays} d"),
        { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h"),
        { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (int)time.TotalSeconds)} s"),
    };

    private static string Shown(string? name) => name is null ? "" : name.Length <= LongestName ? name : name[..LongestName] + "…";

    /// <summary>Types of the library's, which say more than its messages that quote the token: "SecurityTokenReplayDetected".</summary>
    private static string Words(Exception exception) => exception.GetType().Name.Replace("Exception", "", StringComparison.Ordinal);
}
