using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
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

    public CipherSuites? CipherSuites { get; init; }

    public required HandshakeRefusals Refusals { get; init; }

    /// <summary>What it offers, under each name and without one.</summary>
    public IEnumerable<TlsTerms> Terms => _names.Values.Concat(_wildcards.Select(wildcard => wildcard.Terms)).Concat(_own is null ? [] : [_own]).Distinct();

    /// <summary>For one handshake, over TCP or QUIC.</summary>
    public async ValueTask<SslServerAuthenticationOptions> OptionsAsync(TlsHandshakeCallbackContext handshake)
    {
        var name = handshake.ClientHelloInfo.ServerName;
        if (TermsFor(name) is not { } terms)
        {
            Refusals.Tell(Name, handshake.Connection.RemoteEndPoint, string.IsNullOrEmpty(name) ? "it names no host, and there is no certificate for those" : $"there is no certificate for '{name}'");
            await TellUnrecognizedAsync(handshake.Connection);
            throw new AuthenticationException($"Endpoint {Name} has no certificate for the name that was asked for.");
        }

        var certificate = terms.Certificate.Current;
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate.Context,
            EnabledSslProtocols = VersionsFor(terms, certificate),
            CipherSuitesPolicy = CipherSuites?.Policy,

            // Over QUIC, where there is no such stream, it is h3 and nothing else.
            ApplicationProtocols = handshake.SslStream is null ? null : terms.ApplicationProtocols,
        };
        if (Authorities is { } authorities)
        {
            // A session that is taken up again would not be judged by authorities that have changed since.
            options.AllowTlsResume = false;
            options.ClientCertificateRequired = true;
            options.ServerCertificateContext = terms.Naming(certificate, authorities.Current);
            options.CertificateChainPolicy = authorities.Policy();
            options.RemoteCertificateValidationCallback = (_, client, chain, errors) => IsLetIn(client, chain, errors, handshake.Connection);
        }

        return options;
    }

    /// <summary>Why no client could shake hands with what is offered; null when one could.</summary>
    public string? FaultOf(TlsTerms terms, ServerCertificate certificate)
    {
        var versions = VersionsFor(terms, certificate);
        return versions == SslProtocols.None
            ? $"no cipher suite of {TlsOptions.Section}:{nameof(TlsOptions.CipherSuites)} is for its key in {CipherSuites?.Among(terms.Versions)}"
            : TlsTrial.FaultOf(certificate, versions, CipherSuites?.Policy);
    }

    private SslProtocols VersionsFor(TlsTerms terms, ServerCertificate certificate) =>
        CipherSuites is null ? terms.Versions : CipherSuites.Among(terms.Versions, certificate.Context.TargetCertificate);

    /// <summary>Whether the handshake goes on. A client that is refused hears it from the <see cref="CertificateGate"/>; over QUIC, where alerts are sent, from TLS.</summary>
    private bool IsLetIn(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, BaseConnectionContext connection)
    {
        if (certificate is null ? ClientCertificates == ClientCertificateMode.AllowCertificate : errors == SslPolicyErrors.None)
        {
            return true;
        }

        Refusals.Tell(Name, connection.RemoteEndPoint, certificate is null
            ? "it shows no certificate"
            : $"its certificate {certificate.Subject} does not hold: {string.Join(", ", chain?.ChainStatus.Select(status => status.StatusInformation.TrimEnd('.', ' ', '\n')) ?? [])}");
        connection.Features.Set(new RefusedCertificate(certificate is null
            ? "This address asks for a client certificate, and none was shown."
            : "The client certificate does not hold here: it has expired, is not for clients, or is not from an authority that counts."));
        return connection is ConnectionContext;
    }

    /// <summary>
    /// The platform ends a connection whose name it has no options for without a word. Nothing has been said on this one yet, so the alert is the first record and goes in the
    /// clear: fatal, unrecognized_name (RFC 6066, section 3; RFC 8446, sections 5.1 and 6).
    /// </summary>
    private static async ValueTask TellUnrecognizedAsync(BaseConnectionContext connection)
    {
        if (connection is ConnectionContext { Transport.Output: var output })
        {
            await output.WriteAsync(new byte[] { 21, 3, 3, 0, 2, 2, 112 });
        }
    }

    private TlsTerms? TermsFor(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return _own;
        }

        // Names are sent without it (RFC 6066, section 3), and not by everybody.
        name = name is [.. var host, '.'] ? host : name;

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
internal sealed record TlsTerms(CertificateFile Certificate, SslProtocols Versions, List<SslApplicationProtocol>? ApplicationProtocols)
{
    /// <summary>The names of a hundred authorities. All that a client is told in one message have to fit into 64 KiB.</summary>
    private const int MostNameBytes = 16 * 1024;

    private volatile NamedAuthorities? _naming;

    /// <summary>
    /// The certificate together with the names of the authorities, so that a client knows which of its own to show. Made once for each pair, because that takes longer than
    /// a handshake. More names than a handshake has room for are not told.
    /// </summary>
    public SslStreamCertificateContext Naming(ServerCertificate certificate, X509Certificate2Collection authorities)
    {
        var naming = _naming;
        if (naming is null || naming.Certificate != certificate || naming.Authorities != authorities)
        {
            _naming = naming = new NamedAuthorities(certificate, authorities, Create(certificate.Context, authorities));
        }

        return naming.Context;
    }

    private static SslStreamCertificateContext Create(SslStreamCertificateContext own, X509Certificate2Collection authorities) =>
        authorities.Sum(authority => authority.SubjectName.RawData.Length) > MostNameBytes
            ? own
            : SslStreamCertificateContext.Create(
                own.TargetCertificate, [.. own.IntermediateCertificates], offline: true, SslCertificateTrust.CreateForX509Collection(authorities, sendTrustInHandshake: true));

    private sealed record NamedAuthorities(ServerCertificate Certificate, X509Certificate2Collection Authorities, SslStreamCertificateContext Context);
}
