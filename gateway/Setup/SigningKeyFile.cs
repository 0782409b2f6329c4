using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.IdentityModel.Tokens;

namespace YarpWs.Gateway.Setup;

/// <summary>Makes keys that sign tokens, and writes them as JWK (RFC 7517), which the <c>SigningKeyFiles</c> of a scheme read.</summary>
internal static class SigningKeyFile
{
    /// <summary>RFC 7518, section 3.2: at least as long as the hash.</summary>
    private const int SharedKeyBytes = 32;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>
    /// Writes a new key: one file for HS256, which signs and checks; for ES256 the private key, which signs, and beside it the public one, which checks.
    /// Only the owner may read the file that signs. A file that is there already is left alone.
    /// </summary>
    /// <returns>The file that checks tokens, for <c>SigningKeyFiles</c>.</returns>
    /// <exception cref="IOException">A file is there already, or cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written to.</exception>
    public static string Write(string file, SigningAlgorithm algorithm)
    {
        if (algorithm == SigningAlgorithm.HS256)
        {
            WriteNew(file, SharedKey(), isSecret: true);
            return file;
        }

        var (privateKey, publicKey) = EllipticKey();
        var publicFile = PublicFileOf(file);
        NewFile.Refuse(file, publicFile);
        WriteNew(file, privateKey, isSecret: true);
        WriteNew(publicFile, publicKey, isSecret: false);
        return publicFile;
    }

    /// <summary><c>jwt.json</c> becomes <c>jwt.pub.json</c>.</summary>
    public static string PublicFileOf(string file) => Path.ChangeExtension(file, ".pub" + Path.GetExtension(file));

    private static void WriteNew(string file, Jwk key, bool isSecret) => NewFile.Write(file, JsonSerializer.Serialize(key, Json) + "\n", isSecret);

    private static Jwk SharedKey()
    {
        var secret = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(SharedKeyBytes));
        var id = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(9));
        return new Jwk { KeyType = "oct", Id = id, Algorithm = SecurityAlgorithms.HmacSha256, Secret = secret };
    }

    private static (Jwk Private, Jwk Public) EllipticKey()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parameters = ecdsa.ExportParameters(includePrivateParameters: true);
        var id = Base64UrlEncoder.Encode(JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(ecdsa)).ComputeJwkThumbprint());
        var publicKey = new Jwk
        {
            KeyType = "EC",
            Id = id,
            Algorithm = SecurityAlgorithms.EcdsaSha256,
            Curve = "P-256",
            X = Base64UrlEncoder.Encode(parameters.Q.X),
            Y = Base64UrlEncoder.Encode(parameters.Q.Y),
        };
        return (publicKey with { PrivateKey = Base64UrlEncoder.Encode(parameters.D) }, publicKey);
    }

    private sealed record Jwk
    {
        [JsonPropertyName("kty")]
        public required string KeyType { get; init; }

        [JsonPropertyName("kid")]
        public required string Id { get; init; }

        [JsonPropertyName("alg")]
        public required string Algorithm { get; init; }

        [JsonPropertyName("use")]
        public string Use { get; } = "sig";

        [JsonPropertyName("crv")]
        public string? Curve { get; init; }

        [JsonPropertyName("x")]
        public string? X { get; init; }

        [JsonPropertyName("y")]
        public string? Y { get; init; }

        [JsonPropertyName("d")]
        public string? PrivateKey { get; init; }

        [JsonPropertyName("k")]
        public string? Secret { get; init; }
    }
}

/// <summary>What a key signs with. HS256 is one secret for those who make tokens and those who check them; ES256 has a public half for the latter.</summary>
internal enum SigningAlgorithm
{
    HS256,
    ES256,
}
