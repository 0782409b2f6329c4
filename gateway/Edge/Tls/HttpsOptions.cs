using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>How clients are led to TLS and kept there. Section <c>Https</c>.</summary>
internal sealed record HttpsOptions
{
    public const string Section = "Https";

    /// <summary>
    /// Whether a plain http request is answered with 308 to the same address on https, and a WebSocket handshake with 403. The paths under
    /// /.well-known/acme-challenge/ are the routes'. Needs an https endpoint, or a trusted proxy that says X-Forwarded-Proto. Default false.
    /// </summary>
    public bool Redirect { get; init; }

    /// <summary>The port in the address that clients are sent to. Default 443.</summary>
    [Range(1, 65_535)]
    public int Port { get; init; } = 443;

    public HstsOptions Hsts { get; init; } = new();
}

/// <summary>The Strict-Transport-Security header (RFC 6797) of answers over https. Section <c>Https:Hsts</c>.</summary>
internal sealed record HstsOptions
{
    public const string Section = $"{HttpsOptions.Section}:Hsts";

    /// <summary>How long a browser asks for nothing but https after it has seen the header; zero takes it back. Default none: no header.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Whether it holds for all names under the host's as well. Default false.</summary>
    public bool IncludeSubDomains { get; init; }

    /// <summary>Whether the host may be built into browsers. They ask for IncludeSubDomains and a MaxAge of 365 days. Default false.</summary>
    public bool Preload { get; init; }

    public bool IsPreloadable => !Preload || (IncludeSubDomains && MaxAge >= TimeSpan.FromDays(365));
}
