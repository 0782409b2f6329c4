using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>What all endpoints with TLS have in common. Section <c>Tls</c>.</summary>
internal sealed record TlsOptions
{
    public const string Section = "Tls";

    /// <summary>
    /// How often the certificate, key and authority files are read and compared with what is in use. A change is taken when two readings in a
    /// row agree, so that a pair that is being written is left alone. Default 5 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A certificate that is good for less than this is warned of in the log, once a day. Default 14 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan ExpiryWarning { get; init; } = TimeSpan.FromDays(14);

    /// <summary>
    /// The cipher suites to agree on, by their IANA names: <c>TLS_AES_128_GCM_SHA256</c>. Those of TLS 1.2 and 1.3 stand in one list; a version
    /// without any is not spoken. Not on Windows. Default the platform's.
    /// </summary>
    public IReadOnlyList<string>? CipherSuites { get; init; }
}
