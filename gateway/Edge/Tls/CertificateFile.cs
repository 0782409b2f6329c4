namespace YarpWs.Gateway.Edge.Tls;

/// <summary>A server certificate, its chain and its key: PEM in one or two files, or PKCS #12 in one.</summary>
internal sealed class CertificateFile(string key, string directory, string path, string? keyPath, string? password)
    : TlsFile(key, directory, path, keyPath)
{
    private volatile ServerCertificate? _current;
    private DateTimeOffset _nextWarning;

    /// <summary>What new handshakes get. Live connections keep what they began with.</summary>
    public ServerCertificate Current => _current ?? throw new InvalidOperationException("The certificate has not been read yet.");

    /// <summary>Returns true once a day while the certificate is good for less than <paramref name="margin"/>.</summary>
    public bool IsToBeWarnedOf(DateTimeOffset now, TimeSpan margin)
    {
        if (Current.NotAfter - now >= margin || now < _nextWarning)
        {
            return false;
        }

        _nextWarning = now + TimeSpan.FromDays(1);
        return true;
    }

    protected override void Take(IReadOnlyList<byte[]> contents, DateTimeOffset now, bool isFirst)
    {
        var read = CertificateReader.Read(contents[0], keyPath is null ? null : contents[1], password, now);

        // At the start there is nothing better, and the names of other certificates must not go down with this one.
        if (!isFirst && read.NotAfter <= now)
        {
            throw new TlsFileException($"the certificate expired at {read.NotAfter:u}.");
        }

        _current = read;
        _nextWarning = default;
    }
}
