using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.IdentityModel.Tokens;
using YarpWs.Platform.Settings;

namespace YarpWs.Platform.Jwt;

/// <summary>The keys a scheme gives itself, and the algorithms that keys of their kind can sign with.</summary>
internal static class SigningKeys
{
    /// <summary>What the library asks of one; it would refuse every token by a shorter one.</summary>
    private const int MinSharedBytes = 16;

    private static readonly string[] Symmetric = [SecurityAlgorithms.HmacSha256, SecurityAlgorithms.HmacSha384, SecurityAlgorithms.HmacSha512];

    private static readonly string[] Rsa =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
    ];

    private static readonly string[] Ecdsa = [SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512];

    /// <summary>What a published key set can hold: never a shared secret, so a token cannot be signed with a public key taken for one.</summary>
    public static IReadOnlyList<string> PublicAlgorithms { get; } = [.. Rsa, .. Ecdsa];

    public static IReadOnlyList<SecurityKey> Load(string scheme, SchemeOptions options, string directory)
    {
        var keys = new List<SecurityKey>();
        foreach (var (index, key) in (options.SigningKeys ?? []).Index())
        {
            keys.Add(Shared($"{SchemeOptions.Section}:{scheme}:SigningKeys:{index}:Value", key));
        }

        foreach (var (index, file) in (options.SigningKeyFiles ?? []).Index())
        {
            keys.AddRange(Read($"{SchemeOptions.Section}:{scheme}:SigningKeyFiles:{index}", Path.Combine(directory, file)));
        }

        return keys;
    }

    public static IEnumerable<string> AlgorithmsOf(SecurityKey key) => key switch
    {
        SymmetricSecurityKey => Symmetric,
        RsaSecurityKey or X509SecurityKey { PublicKey: RSA } => Rsa,
        ECDsaSecurityKey or X509SecurityKey { PublicKey: ECDsa } => Ecdsa,
        JsonWebKey { Kty: JsonWebAlgorithmsKeyTypes.Octet } => Symmetric,
        JsonWebKey { Kty: JsonWebAlgorithmsKeyTypes.RSA } => Rsa,
        JsonWebKey { Kty: JsonWebAlgorithmsKeyTypes.EllipticCurve } => Ecdsa,
        _ => [],
    };

    /// <summary>Whether it signs as well as checks.</summary>
    public static bool CanSign(SecurityKey key) => key switch
    {
        SymmetricSecurityKey => true,
        JsonWebKey { Kty: JsonWebAlgorithmsKeyTypes.Octet } => true,
        ECDsaSecurityKey { ECDsa: var curve } => HasPrivateKey(curve),
        AsymmetricSecurityKey pair => pair.PrivateKeyStatus == PrivateKeyStatus.Exists,
        JsonWebKey { HasPrivateKey: var has } => has,
        _ => false,
    };

    /// <summary>Whether it has a half that only its owner knows, which signs, and one that anybody may have, which checks.</summary>
    public static bool IsKeyPair(SecurityKey key) => CanSign(key) && key is not (SymmetricSecurityKey or JsonWebKey { Kty: JsonWebAlgorithmsKeyTypes.Octet });

    /// <summary>What it signs with: the shortest hash of the kind; an elliptic curve has one of its own.</summary>
    public static string AlgorithmOf(SecurityKey key) => key switch
    {
        JsonWebKey { Alg: { Length: > 0 } algorithm } => algorithm,
        _ => AlgorithmsOf(key).First(algorithm => key.IsSupportedAlgorithm(algorithm)),
    };

    private static SharedKey Shared(string setting, SigningKeyOptions key)
    {
        var bytes = new byte[key.Value?.Length ?? 0];
        if (!Convert.TryFromBase64String(key.Value ?? "", bytes, out var length) || length < MinSharedBytes)
        {
            // The value is a secret and does not belong in the message.
            throw new InvalidSettingException(setting, $"not a signing key; expected base64 of at least {MinSharedBytes} bytes.");
        }

        return new SharedKey(bytes[..length], key.Issuer) { KeyId = key.Id };
    }

    public static IList<SecurityKey> Read(string setting, string file)
    {
        if (!File.Exists(file))
        {
            throw new InvalidSettingException(setting, $"'{file}' {(Directory.Exists(file) ? "is a directory" : "does not exist")}; expected a file with a PEM public key or certificate, a JWK or a JWKS.");
        }

        Exception? cause = null;
        try
        {
            var text = File.ReadAllText(file);
            var keys = text.Contains("-----BEGIN ", StringComparison.Ordinal) ? [FromPem(text)] : FromJson(text);
            if (keys.Any(key => key is JsonWebKey { Kty: JsonWebAlgorithmsKeyTypes.Octet, KeySize: < MinSharedBytes * 8 }))
            {
                throw new InvalidSettingException(setting, $"'{file}' holds a shared key that is too short to check a token with; expected at least {MinSharedBytes} bytes (yarpws key makes one).");
            }

            if (keys.All(key => AlgorithmsOf(key).Any()))
            {
                return keys;
            }
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new InvalidSettingException(setting, $"'{file}' may not be read by the user {Environment.UserName}; give it the right to.", exception);
        }
        catch (IOException exception)
        {
            throw new InvalidSettingException(setting, $"'{file}' cannot be read: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            cause = exception;
        }

        throw new InvalidSettingException(setting, $"'{file}' holds no key that can be read; expected a PEM public key or certificate, a JWK or a JWKS.", cause);
    }

    /// <summary>The library does not know it of these.</summary>
    private static bool HasPrivateKey(ECDsa curve)
    {
        try
        {
            curve.ExportParameters(includePrivateParameters: true);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static SecurityKey FromPem(string pem)
    {
        if (pem.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
        {
            return new X509SecurityKey(X509Certificate2.CreateFromPem(pem));
        }

        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            return new RsaSecurityKey(rsa);
        }
        catch (CryptographicException)
        {
            // "BEGIN PUBLIC KEY" does not say of what kind; not RSA leaves an elliptic curve, whose import throws for anything else.
            rsa.Dispose();
            var ecdsa = ECDsa.Create();
            ecdsa.ImportFromPem(pem);
            return new ECDsaSecurityKey(ecdsa);
        }
    }

    private static IList<SecurityKey> FromJson(string json)
    {
        var set = new JsonWebKeySet(json);
        return set.Keys.Count > 0 ? [.. set.Keys] : [new JsonWebKey(json)];
    }
}

/// <summary>A key that its issuer and the one who checks it both hold. One that names its issuer signs for nobody else.</summary>
internal sealed class SharedKey(byte[] key, string? issuer) : SymmetricSecurityKey(key)
{
    /// <summary>Whose tokens it may sign; null for those of every issuer that is accepted.</summary>
    public string? Issuer { get; } = string.IsNullOrEmpty(issuer) ? null : issuer;

    /// <summary>Whether the key may have signed a token. Any issuer that is accepted may use a key that names none.</summary>
    public static bool IsOfItsIssuer(SecurityToken token) =>
        token.SigningKey is not SharedKey key || key.SignsFor(token.Issuer);

    private bool SignsFor(string tokensIssuer) => Issuer is null || Issuer == tokensIssuer;
}
