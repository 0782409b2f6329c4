using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Forwarding;

/// <summary>What destinations are told about the client, and whose word is taken for it. Section <c>Forwarding</c>.</summary>
internal sealed record ForwardingOptions
{
    public const string Section = "Forwarding";

    /// <summary>Networks (<c>10.0.0.0/8</c>) and addresses of proxies in front whose forwarding headers are believed, and <c>unix:</c> for those that come over a Unix socket. Default none.</summary>
    public IReadOnlyList<string>? TrustedProxies { get; init; }

    /// <summary>
    /// The header in which those proxies name the client, alone and in place of X-Forwarded-For: X-Real-IP, CF-Connecting-IP. What comes without it is the peer's own. Default none: X-Forwarded-For.
    /// </summary>
    [RegularExpression("^[A-Za-z0-9-]{1,64}$")]
    public string? ClientHeader { get; init; }

    /// <summary>The headers that destinations get: any of XForwarded (or of its parts XForwardedFor, XForwardedProto, XForwardedHost, XForwardedPrefix), XRealIp, Forwarded, separated by commas, or None. Default XForwarded, XRealIp.</summary>
    public ForwardingHeaderSet Headers { get; init; } = ForwardingHeaderSet.XForwarded | ForwardingHeaderSet.XRealIp;

    /// <summary>
    /// Headers by which a proxy in front vouches for a user. They are removed unless that proxy is trusted. Default X-User-Id, X-User-Name,
    /// X-User-Email, X-User-Roles, X-Remote-User, Remote-User, X-Auth-Request-User, X-Auth-Request-Email, X-Auth-Request-Groups and
    /// X-Client-Cert, which is one of them in any case.
    /// </summary>
    public IReadOnlyList<string>? IdentityHeaders { get; init; }

    /// <summary>
    /// Largest sum of the headers of a destination's answer in bytes, up to a kibibyte; more is answered 502. Default 64 KiB;
    /// nginx takes 4 or 8, which a few cookies exceed.
    /// </summary>
    [Range(1 << 10, 1 << 20)]
    public int MaxResponseHeadersBytes { get; init; } = 64 << 10;
}

/// <summary>Ways to tell a destination who the client is.</summary>
[Flags]
internal enum ForwardingHeaderSet
{
    None = 0,

    /// <summary>X-Forwarded-For.</summary>
    XForwardedFor = 1,

    /// <summary>X-Real-IP.</summary>
    XRealIp = 2,

    /// <summary>Forwarded, RFC 7239.</summary>
    Forwarded = 4,

    /// <summary>X-Forwarded-Proto.</summary>
    XForwardedProto = 8,

    /// <summary>X-Forwarded-Host.</summary>
    XForwardedHost = 16,

    /// <summary>X-Forwarded-Prefix, where a path prefix was taken off.</summary>
    XForwardedPrefix = 32,

    /// <summary>All of these that begin so.</summary>
    XForwarded = XForwardedFor | XForwardedProto | XForwardedHost | XForwardedPrefix,
}
