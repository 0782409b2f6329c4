using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>What a logout token says whose signature, issuer and audience are good (OpenID Connect Back-Channel Logout 1.0, section 2.4).</summary>
/// <param name="Issuer">The <c>iss</c>.</param>
/// <param name="User">The <c>sub</c>; null only beside a session.</param>
/// <param name="SessionId">The <c>sid</c>; null for all of the person's.</param>
/// <param name="IssuedAt">The <c>iat</c>.</param>
/// <param name="Id">A hash of issuer and <c>jti</c>.</param>
internal sealed record LogoutToken(string Issuer, string? User, string? SessionId, DateTimeOffset IssuedAt, string Id)
{
    /// <summary>An issuer sends it at once; an older one is kept from ending sessions that began since.</summary>
    public static readonly TimeSpan LongestAge = TimeSpan.FromMinutes(5);

    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    private const string Event = "http://schemas.openid.net/event/backchannel-logout";

    /// <summary>A session or user longer than this is none of an issuer's.</summary>
    private const int LongestName = 1_000;

    /// <summary>Reads the payload of a token whose signature is checked. Null, and why, for one that is no logout token: an ID token must not pass for one.</summary>
    public static (LogoutToken? Token, string? Fault) Read(JsonElement payload, DateTimeOffset now)
    {
        var (issuer, user, session, id) = (Text(payload, "iss"), Text(payload, "sub"), Text(payload, "sid"), Text(payload, "jti"));
        if (!payload.TryGetProperty("iat", out var iat) || iat.ValueKind != JsonValueKind.Number || NumericDate.Parse(iat.GetRawText()) is not { } issued)
        {
            return (null, "no time of issue (iat)");
        }

        return payload switch
        {
            _ when issued > now + ClockSkew => (null, "issued in the future (iat)"),
            _ when issued < now - LongestAge - ClockSkew => (null, "issued too long ago (iat)"),
            _ when user is null && session is null => (null, "neither a user (sub) nor a session (sid)"),
            _ when user is { Length: > LongestName } || session is { Length: > LongestName } => (null, "sub or sid too long"),
            _ when !IsLogout(payload) => (null, "no logout among its events"),
            _ when payload.TryGetProperty("nonce", out _) => (null, "a nonce, as ID tokens have it"),
            _ when issuer is null || id is null => (null, "no name (jti)"),
            _ => (new LogoutToken(issuer, user, session, issued, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{issuer}\n{id}")))), null),
        };
    }

    private static bool IsLogout(JsonElement payload) =>
        payload.TryGetProperty("events", out var events) && events.ValueKind == JsonValueKind.Object && events.TryGetProperty(Event, out var logout) && logout.ValueKind == JsonValueKind.Object;

    private static string? Text(JsonElement payload, string name) =>
        payload.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
