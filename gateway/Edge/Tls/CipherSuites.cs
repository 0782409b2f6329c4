using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>
/// The cipher suites that are agreed on. OpenSSL would take the highest version that both sides speak and then find that it has no suite, so a version without one
/// that fits the certificate's key is not offered.
/// </summary>
internal sealed class CipherSuites(IReadOnlyCollection<TlsCipherSuite> suites, CipherSuitesPolicy policy)
{
    private readonly bool _has13 = suites.Any(IsOf13);
    private readonly bool _has12 = suites.Any(suite => !IsOf13(suite));
    private readonly bool _hasEcdsa = suites.Any(suite => Signs(suite, "ECDSA"));
    private readonly bool _hasRsa = suites.Any(suite => Signs(suite, "RSA"));

    public CipherSuitesPolicy Policy { get; } = policy;

    /// <summary>Those of the versions that have a suite, whatever the certificate.</summary>
    public SslProtocols Among(SslProtocols versions) =>
        versions & ((_has13 ? SslProtocols.Tls13 : SslProtocols.None) | (_has12 ? SslProtocols.Tls12 : SslProtocols.None));

    /// <summary>Those of the versions that have one for this certificate's key. Suites of TLS 1.3 leave the key open.</summary>
    public SslProtocols Among(SslProtocols versions, X509Certificate2 certificate)
    {
        var fits = certificate.GetKeyAlgorithm() switch
        {
            "1.2.840.113549.1.1.1" => _hasRsa,
            "1.2.840.10045.2.1" => _hasEcdsa,
            _ => true,
        };
        var among = Among(versions);
        return fits ? among : among & SslProtocols.Tls13;
    }

    private static bool IsOf13(TlsCipherSuite suite) => (int)suite >> 8 == 0x13;

    /// <summary>By its name (RFC 5246, appendix C): TLS_ECDHE_RSA_WITH_…, TLS_RSA_WITH_….</summary>
    private static bool Signs(TlsCipherSuite suite, string key) => $"_{suite}".Contains($"_{key}_WITH_", StringComparison.Ordinal);
}
