using System.Security.Cryptography.X509Certificates;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>The authorities whose client certificates are let in, PEM.</summary>
internal sealed class AuthorityFile(string key, string directory, string path) : TlsFile(key, directory, path)
{
    private volatile X509Certificate2Collection _current = [];

    /// <summary>
    /// How a client's certificate is judged: by a chain to one of these authorities and no other, for the use of a client. A new one for each
    /// handshake, because the platform fills it in.
    /// </summary>
    public X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_current);
        return policy;
    }

    protected override void Take(IReadOnlyList<byte[]> contents, DateTimeOffset now, bool isFirst) => _current = CertificateReader.ReadAuthorities(contents[0]);
}
