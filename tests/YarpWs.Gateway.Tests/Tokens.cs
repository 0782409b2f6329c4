using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace YarpWs.Gateway.Tests;

/// <summary>Signs tokens as an issuer would, and as one should not.</summary>
internal static class Tokens
{
    public static readonly byte[] Key = Encoding.ASCII.GetBytes("0123456789abcdef0123456789abcdef");

    public static string For(
        string user,
        string audience = "yarpws",
        string? role = null,
        TimeSpan? expiresIn = null,
        SigningCredentials? signedBy = null,
        string? issuer = null,
        string? session = null,
        string? id = null,
        TimeSpan? issuedIn = null,
        string? critical = null,
        TimeSpan? goodIn = null)
    {
        var claims = new Dictionary<string, object> { ["sub"] = user };
        if (role is not null)
        {
            claims["role"] = role;
        }

        if (session is not null)
        {
            claims["sid"] = session;
        }

        if (id is not null)
        {
            claims["jti"] = id;
        }

        var expires = TimeProvider.System.GetUtcNow().UtcDateTime + (expiresIn ?? TimeSpan.FromHours(1));
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            Expires = expires,
            IssuedAt = issuedIn is { } age ? TimeProvider.System.GetUtcNow().UtcDateTime + age : null,
            NotBefore = goodIn is { } wait ? TimeProvider.System.GetUtcNow().UtcDateTime + wait : null,
            Claims = claims,
            AdditionalHeaderClaims = critical is null ? null : new Dictionary<string, object> { ["crit"] = new[] { critical } },
            SigningCredentials = signedBy ?? Shared(Key),
        });
    }

    public static SigningCredentials Shared(byte[] key) => new(new SymmetricSecurityKey(key), SecurityAlgorithms.HmacSha256);

    public static string Unsigned(string user)
    {
        var payload = JsonSerializer.Serialize(new { sub = user, aud = "yarpws", exp = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds() });
        return $"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""")}.{Base64UrlEncoder.Encode(payload)}.";
    }
}
