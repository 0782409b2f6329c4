using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace YarpWs.Benchmarks.Peers;

/// <summary>Tokens that the servers of one run accept (HS256).</summary>
internal static class Tokens
{
    public const string Audience = "yarpws";
    public const string Issuer = "benchmarks";

    public static byte[] Key { get; } = RandomNumberGenerator.GetBytes(32);

    /// <summary>The section <c>Authentication:Schemes:Bearer</c> that accepts them.</summary>
    public static JsonObject Settings() => new()
    {
        ["ValidAudiences"] = new JsonArray(Audience),
        ["SigningKeys"] = new JsonArray(new JsonObject { ["Issuer"] = Issuer, ["Value"] = Convert.ToBase64String(Key) }),
    };

    public static string For(string user)
    {
        var claims = new
        {
            iss = Issuer,
            aud = Audience,
            sub = user,
            role = "webpubsub.sendToGroup",
            exp = TimeProvider.System.GetUtcNow().AddHours(12).ToUnixTimeSeconds(),
        };
        var text = $"{Encode(new { alg = "HS256", typ = "JWT" })}.{Encode(claims)}";
        return $"{text}.{Base64Url.EncodeToString(HMACSHA256.HashData(Key, Encoding.ASCII.GetBytes(text)))}";
    }

    private static string Encode<T>(T part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}
