using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>The tokens that the gateway signs for logins that an external check knows: what stands behind it gets them in place of the cookie. Section <c>LoginTokens</c>.</summary>
internal sealed record LoginTokenOptions
{
    public const string Section = "LoginTokens";

    /// <summary>
    /// Files with the gateway's key pairs (JWK or PEM, private), relative to the directory of the settings file. The first one signs; all are published, so that one can replace another. Required with
    /// <c>Authentication:Checks</c>.
    /// </summary>
    public IReadOnlyList<string>? KeyFiles { get; init; }

    /// <summary>The <c>iss</c> of the tokens, and of these logins for revocations. Default yarpws-gateway.</summary>
    [StringLength(200)]
    public string Issuer { get; init; } = "yarpws-gateway";

    /// <summary>Their <c>aud</c>. Default yarpws.</summary>
    [StringLength(200)]
    public string Audience { get; init; } = "yarpws";

    /// <summary>How long a token is good for; a login has a new one after half of it. Default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "01:00:00")]
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Under which path the public keys are, at <c>{Path}/jwks.json</c>, and the metadata that name them, at <c>{Path}/.well-known/openid-configuration</c>. Empty: they are not published.
    /// Default <c>/auth</c>.
    /// </summary>
    [RegularExpression("^(/[A-Za-z0-9._-]{1,64}){0,8}$")]
    public string? Path { get; init; } = "/auth";
}
