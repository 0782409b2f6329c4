using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>
/// How people log in who bring no token: by OpenID Connect (code flow with PKCE), for policies with <see cref="PolicyOptions.NavigationsLogIn"/>. Needs a <c>Redis</c>,
/// where every gateway finds the sessions, and <c>Access:Path</c>. Section <c>Sessions</c>.
/// </summary>
internal sealed record SessionsOptions
{
    public const string Section = "Sessions";

    /// <summary>What the issuer calls this gateway. Default none: nobody logs in here, and nothing of this section is read.</summary>
    [StringLength(256)]
    public string? ClientId { get; init; }

    /// <summary>The secret that the issuer gave with it. Better in a file or in the environment, <c>Sessions__ClientSecret</c>. It also encrypts the keys that gateways share in Redis.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>A file that holds the secret, alone, in place of <see cref="ClientSecret"/>. Relative to the directory of the settings file. Read at the start.</summary>
    public string? ClientSecretFile { get; init; }

    /// <summary>The scheme of <c>Authentication:Schemes</c> whose issuer logs people in, and that checks their access tokens. It needs an Authority. Default <c>Bearer</c>.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Scheme { get; init; } = "Bearer";

    /// <summary>What is asked of the issuer. <c>openid</c> must be among them; <c>offline_access</c> where the issuer gives refresh tokens for that alone. Default <c>openid</c>.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>Further parameters of the request to log in, by their names, such as <c>audience</c>. Default none.</summary>
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    /// <summary>Name of the session's cookie; where the site is https it begins with <c>__Host-</c> by itself. Default <c>yarpws-session</c>.</summary>
    [Required(AllowEmptyStrings = false), RegularExpression("^[A-Za-z0-9._-]{1,64}$")]
    public string Cookie { get; init; } = "yarpws-session";

    /// <summary>
    /// How long a session may last; then its owner logs in again. An issuer that gives no refresh token ends it with its access token. Not longer than <c>Revocations:MaxTokenLifetime</c>. Default 12 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:05:00", "30.00:00:00")]
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How long before its end an access token is renewed; half of its life where that is less. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "01:00:00")]
    public TimeSpan RenewBefore { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Where a page goes whose owner has logged out: a path of this site. Default <c>/</c>.</summary>
    [Required(AllowEmptyStrings = false), RegularExpression(@"^/([^/\\\s].*)?$")]
    public string AfterLogout { get; init; } = "/";

    /// <summary>Whether people log in here.</summary>
    public bool IsOn => !string.IsNullOrEmpty(ClientId);
}
