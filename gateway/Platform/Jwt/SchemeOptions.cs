using System.ComponentModel.DataAnnotations;

namespace YarpWs.Platform.Jwt;

/// <summary>
/// One issuer of tokens. Sections <c>Authentication:Schemes:{name}</c>: ASP.NET Core's own schema, and <see cref="SigningKeyFiles"/>
/// and <see cref="ClockSkew"/> beside it. Either an <see cref="Authority"/> or at least one key is needed.
/// </summary>
internal sealed record SchemeOptions
{
    public const string Section = "Authentication:Schemes";

    /// <summary>Base address of an OpenID Connect issuer; its keys are fetched, and fetched again when a token names an unknown one. Default none.</summary>
    public string? Authority { get; init; }

    /// <summary>Address of the issuer's metadata document. Default: the well-known path under <see cref="Authority"/>.</summary>
    public string? MetadataAddress { get; init; }

    /// <summary>Whether the issuer must be asked over https. Default true.</summary>
    public bool RequireHttpsMetadata { get; init; } = true;

    /// <summary>
    /// Longest wait for the issuer's documents, both together, before it counts as failing and is asked again. Requests wait for it a second at most. Default 10 s, from 1 s to 5 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan BackchannelTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How often the issuer's keys are fetched again without a reason, so how long a key is good for that the issuer has taken out of its set. Default 1 h, from 1 s to 1 day.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan AutomaticRefreshInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>An issuer to accept, beside those of <see cref="ValidIssuers"/>.</summary>
    public string? ValidIssuer { get; init; }

    /// <summary>Issuers to accept. Default: the authority's own, or those that <see cref="SigningKeys"/> name; with neither the key alone decides.</summary>
    public IReadOnlyList<string>? ValidIssuers { get; init; }

    /// <summary>An audience to accept, beside those of <see cref="ValidAudiences"/>.</summary>
    public string? ValidAudience { get; init; }

    /// <summary>Audiences to accept; at least one, or tokens made out to any other application would be let in.</summary>
    public IReadOnlyList<string>? ValidAudiences { get; init; }

    /// <summary>Shared HS256 keys. Several may stand side by side while one replaces another.</summary>
    public IReadOnlyList<SigningKeyOptions>? SigningKeys { get; init; }

    /// <summary>Files with keys: PEM (public key or certificate), JWK or JWKS. Relative to the directory of the settings file.</summary>
    public IReadOnlyList<string>? SigningKeyFiles { get; init; }

    /// <summary>How far the issuer's clock may be off. Default 30 s.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The same as written: an empty value, which is how a variable takes a setting back, counts as absent.</summary>
    public bool HasAuthority => !string.IsNullOrEmpty(Authority) || !string.IsNullOrEmpty(MetadataAddress);

    /// <summary>Where the metadata are. Only with <see cref="HasAuthority"/>.</summary>
    public string MetadataUri => string.IsNullOrEmpty(MetadataAddress) ? $"{Authority!.TrimEnd('/')}/.well-known/openid-configuration" : MetadataAddress;

    public IEnumerable<string> Issuers => Given(ValidIssuers, ValidIssuer)
        .Union(HasAuthority ? [] : Given(SigningKeys?.Select(key => key.Issuer), null));

    public IEnumerable<string> Audiences => Given(ValidAudiences, ValidAudience);

    private static IEnumerable<string> Given(IEnumerable<string?>? several, string? one) =>
        (several ?? []).Append(one).Where(value => !string.IsNullOrEmpty(value)).Select(value => value!);
}

/// <summary>One shared key, as <c>dotnet user-jwts</c> writes it.</summary>
internal sealed record SigningKeyOptions
{
    /// <summary>The <c>kid</c> of tokens signed with it. Default none.</summary>
    public string? Id { get; init; }

    /// <summary>The issuer that signs with it; it is taken for no other one's tokens. Default none: every issuer that is accepted may.</summary>
    public string? Issuer { get; init; }

    /// <summary>The key itself, base64; at least 16 bytes.</summary>
    public string? Value { get; init; }

    /// <summary>The key's length in bytes. Written by tools, not read.</summary>
    public int? Length { get; init; }
}
