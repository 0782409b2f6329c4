using Microsoft.IdentityModel.Tokens;
using YarpWs.Gateway.Settings;
using YarpWs.Platform.Jwt;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Setup;

/// <summary>What makes a token that a scheme of some settings takes: a key that signs, and whom to name in it.</summary>
internal sealed record TokenSigner(SigningCredentials Credentials, string? Issuer, string Audience)
{
    /// <param name="file">Settings of a gateway or of a room server; the environment is read over them.</param>
    /// <param name="name">The scheme; null for the only one there is.</param>
    /// <param name="keyFile">A private key to sign with; null for one that the settings hold.</param>
    /// <exception cref="InvalidSettingException">There is no such scheme, or nothing that it could sign with.</exception>
    public static TokenSigner Find(string file, string? name, string? keyFile)
    {
        var path = Path.GetFullPath(file);
        using var configuration = new ConfigurationManager();
        SettingsSources.Load(configuration, path, overlay: null);
        var schemes = configuration.GetSection(SchemeOptions.Section).Get<Dictionary<string, SchemeOptions>>() ?? [];
        name ??= schemes.Count == 1 ? schemes.Keys.Single() : null;
        if (name is null || !schemes.TryGetValue(name, out var scheme))
        {
            throw new InvalidSettingException(SchemeOptions.Section, schemes.Count == 0
                ? $"{file} names no scheme, so nothing takes a token; `yarpws key` makes a key and says what to write."
                : $"name one with --scheme: {string.Join(", ", schemes.Keys)}.");
        }

        var key = keyFile is null ? OwnKey(name, scheme, Path.GetDirectoryName(path)!) : PrivateKey(keyFile);
        return new TokenSigner(
            new SigningCredentials(key, SigningKeys.AlgorithmOf(key)),
            (key as SharedKey)?.Issuer ?? scheme.Issuers.FirstOrDefault(),
            scheme.Audiences.FirstOrDefault() ?? throw new InvalidSettingException($"{SchemeOptions.Section}:{name}:ValidAudiences", "empty; expected at least one audience."));
    }

    private static SecurityKey OwnKey(string name, SchemeOptions scheme, string directory)
    {
        var keys = SigningKeys.Load(name, scheme, directory);
        return keys.FirstOrDefault(SigningKeys.CanSign) ?? throw new InvalidSettingException(
            $"{SchemeOptions.Section}:{name}",
            keys.Count > 0 ? "holds public keys alone, which sign nothing; name the file of the private one with --key."
            : scheme.HasAuthority ? $"its tokens are made by {scheme.Authority ?? scheme.MetadataAddress} alone; ask there for one, or name the file of a private key with --key."
            : "holds no key; `yarpws key` makes one and says what to write.");
    }

    private static SecurityKey PrivateKey(string file) =>
        SigningKeys.Read("--key", file).FirstOrDefault(SigningKeys.CanSign) ?? throw new InvalidSettingException("--key", $"{file} holds a public key, which signs nothing; expected the private one.");
}
