using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace YarpWs.EndToEnd.Tests.Cluster;

/// <summary>Signs tokens that a cluster under test accepts, and such that it must not.</summary>
public static class Tokens
{
    public const string Audience = "yarpws";
    public const string Issuer = "tests";

    public static byte[] Key { get; } = RandomNumberGenerator.GetBytes(32);

    /// <summary>The settings, under <c>Authentication:Schemes:Bearer</c>, that accept these tokens.</summary>
    public static Dictionary<string, string?> Settings { get; } = new()
    {
        ["Authentication:Schemes:Bearer:Authority"] = "",
        ["Authentication:Schemes:Bearer:ValidAudiences:0"] = Audience,
        ["Authentication:Schemes:Bearer:SigningKeys:0:Issuer"] = Issuer,
        ["Authentication:Schemes:Bearer:SigningKeys:0:Value"] = Convert.ToBase64String(Key),
    };

    public static string For(string user, params string[] roles) => Sign(user, roles, new SymmetricSecurityKey(Key));

    public static string Sign(
        string user, string[] roles, SecurityKey key, string algorithm = SecurityAlgorithms.HmacSha256, string audience = Audience, TimeSpan? expiresIn = null) =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = audience,
            Claims = new Dictionary<string, object> { ["sub"] = user, ["role"] = roles },
            Expires = TimeProvider.System.GetUtcNow().UtcDateTime + (expiresIn ?? TimeSpan.FromHours(1)),
            SigningCredentials = new SigningCredentials(key, algorithm),
        });

    /// <summary>As a subprotocol that carries a token (the gateway takes it out again).</summary>
    public static string AsSubprotocol(string token) =>
        "base64url.bearer.authorization.k8s.io." + Base64UrlEncoder.Encode(Encoding.UTF8.GetBytes(token));
}
