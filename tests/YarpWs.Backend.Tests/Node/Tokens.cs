using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace YarpWs.Backend.Tests.Node;

/// <summary>Signs tokens that every <see cref="TestNode"/> accepts.</summary>
internal static class Tokens
{
    private const string Audience = "tests";

    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    /// <summary>The settings that accept these tokens.</summary>
    public static Dictionary<string, string?> Settings { get; } = new()
    {
        ["Authentication:Schemes:Bearer:SigningKeys:0:Value"] = Convert.ToBase64String(Key),
        ["Authentication:Schemes:Bearer:ValidAudiences:0"] = Audience,
    };

    public static AuthenticationHeaderValue Bearer(params string[] roles) => new("Bearer", For("ann", roles));

    public static string For(string user, params string[] roles) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Audience = Audience,
        Claims = new Dictionary<string, object> { ["sub"] = user, ["role"] = roles },
        SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Key), SecurityAlgorithms.HmacSha256),
    });
}
