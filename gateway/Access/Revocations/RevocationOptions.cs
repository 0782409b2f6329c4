using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Access.Revocations;

/// <summary>How long revoked logins are remembered, and what happens while it is not known which they are. Section <c>Revocations</c>.</summary>
internal sealed record RevocationOptions
{
    public const string Section = "Revocations";

    /// <summary>
    /// How long the longest token is good for: a revocation is kept so long where it does not say otherwise. A token that outlives it would be
    /// let in again. Default 30 days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "400.00:00:00")]
    public TimeSpan MaxTokenLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>
    /// How far the clock of an issuer may be ahead of the gateways': a token issued so soon after a revocation is refused as well, and a new
    /// login has to wait as long. A token dated further ahead is refused until its time has come, so that none escapes a revocation. Default 2 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Revocations in force at once, some 500 bytes of memory each; a further one is refused with 507. Default 100000.</summary>
    [Range(1, 1_000_000)]
    public int MaxRevocations { get; init; } = 100_000;

    /// <summary>How often the gateway asks Redis whether it missed a revocation. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan AuditInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether tokens are let in although Redis has not been reached since the gateway started, so that nobody here knows which are revoked.
    /// Otherwise the answer is 503, and the gateway is not ready. Default false: a stolen token gets nowhere, and those gateways that
    /// run already go on with what they know.
    /// </summary>
    public bool AdmitWhenUnknown { get; init; }
}
