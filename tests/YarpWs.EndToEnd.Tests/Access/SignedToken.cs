using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>Puts tokens together by hand, such as no library would write among them.</summary>
internal static class SignedToken
{
    public static Dictionary<string, object> Claims(string user = "ann", string issuer = Tokens.Issuer, string audience = Tokens.Audience, int expiresInMinutes = 60) => new()
    {
        ["iss"] = issuer,
        ["aud"] = audience,
        ["sub"] = user,
        ["role"] = "webpubsub.sendToGroup",
        ["exp"] = InMinutes(expiresInMinutes),
    };

    public static long InMinutes(int minutes) => TimeProvider.System.GetUtcNow().AddMinutes(minutes).ToUnixTimeSeconds();

    public static string Rs256(RSA key, Dictionary<string, object> claims, string? kid = null) =>
        Write("RS256", claims, text => key.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), kid);

    public static string Es256(ECDsa key, Dictionary<string, object> claims) => Write("ES256", claims, text => key.SignData(text, HashAlgorithmName.SHA256));

    public static string Hs256(byte[] secret, Dictionary<string, object> claims) => Write("HS256", claims, text => HMACSHA256.HashData(secret, text));

    public static string Write(string algorithm, Dictionary<string, object> claims, Func<byte[], byte[]> sign, string? kid = null)
    {
        var header = new Dictionary<string, object> { ["alg"] = algorithm, ["typ"] = "JWT" };
        if (kid is not null)
        {
            header["kid"] = kid;
        }

        var text = $"{Encode(header)}.{Encode(claims)}";
        return $"{text}.{Base64UrlEncoder.Encode(sign(Encoding.ASCII.GetBytes(text)))}";
    }

    private static string Encode(Dictionary<string, object> part) => Base64UrlEncoder.Encode(JsonSerializer.SerializeToUtf8Bytes(part));
}
