using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>Makes certificates of the bytes of files.</summary>
internal static class CertificateReader
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>With which PKCS #12 begins (RFC 7292, section 4).</summary>
    private const byte DerSequence = 0x30;

    /// <summary>Throws a <see cref="TlsFileException"/> for what no handshake could be made with.</summary>
    /// <param name="content">PEM, the server's certificate first and its chain behind it; or PKCS #12.</param>
    /// <param name="key">PEM; null when the key stands in <paramref name="content"/>.</param>
    /// <param name="password">Of the key or of the PKCS #12; null for none.</param>
    /// <param name="now">When it is read.</param>
    public static ServerCertificate Read(byte[] content, byte[]? key, string? password, DateTimeOffset now)
    {
        try
        {
            var text = Encoding.UTF8.GetString(content);
            var keyText = key is null ? text : Encoding.UTF8.GetString(key);
            if (MixUpOf(text, key is null ? null : keyText) is { } mixUp)
            {
                throw new TlsFileException(mixUp);
            }

            var (certificate, chain) = HasCertificate(text)
                ? ReadPem(text, keyText, password)
                : ReadPkcs12(content, password);
            if (certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is { } usage
                && !usage.EnhancedKeyUsages.Cast<Oid>().Any(purpose => purpose.Value == ServerAuthentication))
            {
                throw new TlsFileException("the certificate is not for servers (extended key usage); clients would refuse it.");
            }

            // Offline, because a handshake has to wait neither for intermediates that the file lacks nor for a stapled answer.
            return new ServerCertificate(
                SslStreamCertificateContext.Create(certificate, chain, offline: true),
                certificate.Subject,
                NamesOf(certificate),
                certificate.GetCertHashString(HashAlgorithmName.SHA256),
                certificate.NotAfter,
                now);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new TlsFileException($"no certificate with the key that belongs to it: {exception.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>Which file holds what belongs into the other, or nothing of it, as far as the labels of PEM tell (RFC 7468); null where they tell nothing.</summary>
    private static string? MixUpOf(string text, string? key) => (HasCertificate(text), HasKey(text), key) switch
    {
        (false, true, not null) when HasCertificate(key) => "it holds the private key, and KeyPath the certificate; exchange the two.",
        (false, true, not null) => "it holds a private key, as KeyPath does; expected the certificate, with its chain behind it.",
        (false, true, null) => "it holds a private key and no certificate; expected the certificate here, and the key in KeyPath.",
        (true, _, not null) when !HasKey(key) && HasCertificate(key) => "KeyPath holds a certificate; expected the private key that belongs to the one here.",
        (true, _, not null) when !HasKey(key) => "KeyPath holds no private key in PEM.",
        (true, false, null) => "it holds the certificate alone; expected its private key in KeyPath, or in the same file.",
        _ => null,
    };

    private static bool HasCertificate(string text) => text.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal);

    private static bool HasKey(string text) => text.Contains("PRIVATE KEY-----", StringComparison.Ordinal);

    /// <summary>All certificates of a PEM file; at least one.</summary>
    public static X509Certificate2Collection ReadAuthorities(byte[] content)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(Encoding.UTF8.GetString(content));
        }
        catch (CryptographicException exception)
        {
            throw new TlsFileException($"no certificates in PEM: {exception.Message.ReplaceLineEndings(" ")}");
        }

        return authorities.Count > 0 ? authorities : throw new TlsFileException("no certificate; expected those of the authorities, in PEM.");
    }

    private static (X509Certificate2 Certificate, X509Certificate2Collection Chain) ReadPem(string text, string key, string? password)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(text);
        chain.RemoveAt(0);
        var certificate = password is null ? X509Certificate2.CreateFromPem(text, key) : X509Certificate2.CreateFromEncryptedPem(text, key, password);
        if (!OperatingSystem.IsWindows())
        {
            return (certificate, chain);
        }

        // There the handshake finds only keys that are stored.
        using (certificate)
        {
            return (X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null), chain);
        }
    }

    private static (X509Certificate2 Certificate, X509Certificate2Collection Chain) ReadPkcs12(byte[] content, string? password)
    {
        if (content is not [DerSequence, ..])
        {
            throw new TlsFileException("no certificate with the key that belongs to it: it is neither PEM nor PKCS #12.");
        }

        if (X509Certificate2.GetCertContentType(content) == X509ContentType.Cert)
        {
            throw new TlsFileException("it is a certificate in DER, which has no place for its chain; expected PEM: openssl x509 -inform der -in FILE -out FILE.pem");
        }

        var chain = X509CertificateLoader.LoadPkcs12Collection(content, password);
        var certificate = chain.FirstOrDefault(candidate => candidate.HasPrivateKey) ?? throw new TlsFileException("a PKCS #12 without a key.");
        chain.Remove(certificate);
        return (certificate, chain);
    }

    private static string[] NamesOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } names
            ? [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(address => address.ToString())]
            : [];
}

/// <summary>A certificate in use.</summary>
/// <param name="Context">What handshakes are made with: certificate, key and chain.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="Names">The names and addresses that it is for.</param>
/// <param name="Thumbprint">SHA-256 of it, in hexadecimal.</param>
/// <param name="NotAfter">When it expires.</param>
/// <param name="Since">When the gateway took it.</param>
internal sealed record ServerCertificate(
    SslStreamCertificateContext Context, string Subject, IReadOnlyList<string> Names, string Thumbprint, DateTimeOffset NotAfter, DateTimeOffset Since);
