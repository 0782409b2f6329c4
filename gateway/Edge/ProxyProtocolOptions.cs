using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Edge;

/// <summary>Who may say by the PROXY protocol, version 1 or 2, for whom it opens connections to an endpoint; it has to, before TLS.</summary>
internal sealed record ProxyProtocolOptions
{
    /// <summary>Networks ("10.0.0.0/8") and addresses of the balancers in front, and "unix:" for those that come over a Unix socket. Required.</summary>
    public IReadOnlyList<string>? Networks { get; init; }

    /// <summary>Whether peers of no such network are served, as nginx serves them: they have to send a header too, and are who they are whatever it says. Default false: they are refused.</summary>
    public bool ServeOthers { get; init; }

    /// <summary>How long one may take to send its header. Default 00:00:05.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}
