using System.Security.Cryptography.X509Certificates;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>The authorities whose client certificates are let in, PEM.</summary>
internal sealed class AuthorityFile(string key, string directory, string path) : TlsFile(key, directory, path)
{
    private volatile X509Certificate2Collection _current = [];

    /// <summary>What new handshakes go by.</summary>
    public X509Certificate2Collection Current => _current;

    /// <summary>Why nobody can be let in by what was read at the start; null when somebody can.</summary>
    public string? Doubt { get; private set; }

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

    protected override void Take(IReadOnlyList<byte[]> contents, DateTimeOffset now, bool isFirst)
    {
        var read = CertificateReader.ReadAuthorities(contents[0]);
        var fault = FaultOf(read, now);

        // As with certificates, at the start there is nothing better, and other endpoints must not go down with this one.
        if (fault is not null && !isFirst)
        {
            throw new TlsFileException($"{fault}.");
        }

        Doubt = fault;
        _current = read;
    }

    /// <summary>Each chain has to end at a root (RFC 5280, section 6.1), and that must be good.</summary>
    private static string? FaultOf(X509Certificate2Collection authorities, DateTimeOffset now)
    {
        var roots = authorities.Where(one => one.SubjectName.RawData.AsSpan().SequenceEqual(one.IssuerName.RawData)).ToList();
        return roots.Count == 0 ? "it holds no root, only what other authorities have issued; add the root's certificate, at which each chain must end"
            : roots.All(root => root.NotAfter <= now) ? $"its roots have expired, the last one at {roots.Max(root => root.NotAfter.ToUniversalTime()):u}"
            : null;
    }
}
