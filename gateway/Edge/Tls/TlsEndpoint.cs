using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>
/// What one https endpoint offers, by the name that the client asks for. A name is looked for among the exact ones of <c>Sni</c>, then under the longest wildcard
/// (<c>*.example.com</c>), then <c>*</c>; a client that asks for none of these gets the endpoint's own certificate, and is refused where it
/// has none.
/// </summary>
internal sealed class TlsEndpoint
{
    private const string Any = "*";

    private readonly TlsTerms? _own;
    private readonly Dictionary<string, TlsTerms> _names;
    private readonly (string Suffix, TlsTerms Terms)[] _wildcards;

    /// <param name="name">Of the endpoint, as it stands in the settings.</param>
    /// <param name="own">For names that <paramref name="sni"/> has not; null when there is no such certificate.</param>
    /// <param name="sni">By host name, wildcards included.</param>
    public TlsEndpoint(string name, TlsTerms? own, IReadOnlyDictionary<string, TlsTerms> sni)
    {
        Name = name;
        _names = sni.Where(entry => !entry.Key.StartsWith(Any, StringComparison.Ordinal)).ToDictionary(StringComparer.OrdinalIgnoreCase);
        _wildcards = [.. sni.Where(entry => entry.Key.StartsWith("*.", StringComparison.Ordinal)).Select(entry => (entry.Key[1..], entry.Value)).OrderByDescending(entry => entry.Item1.Length)];
        _own = sni.GetValueOrDefault(Any) ?? own;
    }

    public string Name { get; }

    public required ClientCertificateMode ClientCertificates { get; init; }

    /// <summary>Set where clients are asked for a certificate.</summary>
    public AuthorityFile? Authorities { get; init; }

    public CipherSuitesPolicy? CipherSuites { get; init; }

    /// <summary>For one handshake, over TCP or QUIC.</summary>
    public ValueTask<SslServerAuthenticationOptions> OptionsAsync(TlsHandshakeCallbackContext handshake)
    {
        var terms = TermsFor(handshake.ClientHelloInfo.ServerName)
            ?? throw new AuthenticationException($"Endpoint {Name} has no certificate for the name that was asked for.");
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = terms.Certificate.Current.Context,
            EnabledSslProtocols = terms.Versions,
            CipherSuitesPolicy = CipherSuites,

            // Over QUIC, where there is no such stream, it is h3 and nothing else.
            ApplicationProtocols = handshake.SslStream is null ? null : terms.ApplicationProtocols,
        };
        if (Authorities is { } authorities)
        {
            // A session that is taken up again would not be judged by authorities that have changed since.
            options.AllowTlsResume = false;
            options.ClientCertificateRequired = true;
            options.CertificateChainPolicy = authorities.Policy();
            var mayLack = ClientCertificates == ClientCertificateMode.AllowCertificate;
            options.RemoteCertificateValidationCallback = (_, certificate, _, errors) => certificate is null ? mayLack : errors == SslPolicyErrors.None;
        }

        return ValueTask.FromResult(options);
    }

    private TlsTerms? TermsFor(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return _own;
        }

        if (_names.TryGetValue(name, out var exact))
        {
            return exact;
        }

        foreach (var (suffix, terms) in _wildcards)
        {
            if (name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return terms;
            }
        }

        return _own;
    }
}

/// <summary>What is offered under a name.</summary>
/// <param name="Certificate">The certificate.</param>
/// <param name="Versions">The versions of TLS.</param>
/// <param name="ApplicationProtocols">What may be spoken over it (ALPN); null for what the endpoint speaks.</param>
internal sealed record TlsTerms(CertificateFile Certificate, SslProtocols Versions, List<SslApplicationProtocol>? ApplicationProtocols);
