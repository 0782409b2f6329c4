using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using YarpWs.Platform.Jwt;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>Signs the tokens that stand for logins behind the gateway. One is used for half of its time, however many requests the login makes. Any thread may call it.</summary>
internal sealed class LoginTokens
{
    private readonly LoginTokenOptions _options;
    private readonly TimeProvider _time;
    private readonly SigningCredentials? _credentials;
    private readonly IReadOnlyList<SecurityKey> _keys;
    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly ConditionalWeakTable<CheckedLogin, SignedToken> _tokens = [];

    /// <param name="options">What the settings say.</param>
    /// <param name="directory">Where relative paths of key files begin.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="InvalidSettingException">A file holds no key pair.</exception>
    public LoginTokens(IOptions<LoginTokenOptions> options, string directory, TimeProvider time)
    {
        (_options, _time) = (options.Value, time);
        _keys = [.. (_options.KeyFiles ?? []).SelectMany((file, index) => Read($"{LoginTokenOptions.Section}:{nameof(LoginTokenOptions.KeyFiles)}:{index}", Path.Combine(directory, file)))];
        _credentials = _keys.Count == 0 ? null : new SigningCredentials(_keys[0], SigningKeys.AlgorithmOf(_keys[0]));
    }

    /// <summary>Whether there is a key to sign with.</summary>
    public bool CanSign => _credentials is not null;

    /// <summary>The public halves, as RFC 7517 writes them.</summary>
    public IEnumerable<object> PublicKeys => _keys.Select(PublicHalf);

    /// <summary>The token of a login, which the check has confirmed.</summary>
    public string Of(CheckedLogin login)
    {
        var now = _time.GetUtcNow();
        if (_tokens.TryGetValue(login, out var known) && now < known.RenewAt)
        {
            return known.Text;
        }

        // Two at once may each sign one; both are good.
        var token = Sign(login, now);
        _tokens.AddOrUpdate(login, token);
        return token.Text;
    }

    private SignedToken Sign(CheckedLogin login, DateTimeOffset now)
    {
        var person = login.Person;
        var ends = person.Until < now + _options.Lifetime ? person.Until.Value : now + _options.Lifetime;
        var claims = new Dictionary<string, object>(StringComparer.Ordinal) { ["sub"] = person.User, ["sid"] = login.SessionId };
        foreach (var group in person.Claims.GroupBy(claim => claim.Key, claim => claim.Value))
        {
            claims[group.Key] = group.Count() == 1 ? group.Single() : group.ToArray();
        }

        if (person.Roles.Count > 0)
        {
            claims["role"] = person.Roles.ToArray();
        }

        if (person.Groups.Count > 0)
        {
            claims["groups"] = person.Groups.ToArray();
        }

        if (person.Since is { } since)
        {
            claims["auth_time"] = since.ToUnixTimeSeconds();
        }

        var text = _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = _options.Issuer,
            Audience = _options.Audience,
            IssuedAt = now.UtcDateTime,
            Expires = ends.UtcDateTime,
            Claims = claims,
            SigningCredentials = _credentials,
        });
        return new SignedToken(text, now + ((ends - now) / 2));
    }

    private static IList<SecurityKey> Read(string setting, string file)
    {
        var keys = SigningKeys.Read(setting, file);
        if (!keys.All(SigningKeys.IsKeyPair))
        {
            throw new InvalidSettingException(setting, $"'{file}' holds no private key of a pair; `yarpws key --algorithm ES256 --output FILE` makes one.");
        }

        foreach (var key in keys.Where(key => string.IsNullOrEmpty(key.KeyId)))
        {
            // PEM has no name for it; a token that names its key is checked with that one alone.
            key.KeyId = Base64UrlEncoder.Encode(JwkOf(key).ComputeJwkThumbprint());
        }

        return keys;
    }

    /// <summary>Written by name, so that no private part can come along.</summary>
    private static object PublicHalf(SecurityKey key)
    {
        var jwk = JwkOf(key);
        return jwk.Kty == JsonWebAlgorithmsKeyTypes.EllipticCurve
            ? new { kty = jwk.Kty, use = "sig", alg = SigningKeys.AlgorithmOf(key), kid = key.KeyId, crv = jwk.Crv, x = jwk.X, y = jwk.Y }
            : new { kty = jwk.Kty, use = "sig", alg = SigningKeys.AlgorithmOf(key), kid = key.KeyId, n = jwk.N, e = jwk.E };
    }

    private static JsonWebKey JwkOf(SecurityKey key) => key as JsonWebKey ?? JsonWebKeyConverter.ConvertFromSecurityKey(key);

    private sealed record SignedToken(string Text, DateTimeOffset RenewAt);
}
