namespace YarpWs.Gateway.Edge.Tls;

/// <summary>A server certificate, its chain and its key: PEM in one or two files, or PKCS #12 in one.</summary>
internal sealed class CertificateFile(string key, string directory, string path, string? keyPath, string? password)
    : TlsFile(key, directory, path, keyPath)
{
    private readonly List<Func<ServerCertificate, string?>> _trials = [];
    private volatile ServerCertificate? _current;
    private DateTimeOffset _nextWarning;

    /// <summary>What new handshakes get. Live connections keep what they began with.</summary>
    public ServerCertificate Current => _current ?? throw new InvalidOperationException("The certificate has not been read yet.");

    /// <summary>Asks this of every certificate that is to follow: why no client could shake hands with it, or null. Before the watch begins.</summary>
    public void Try(Func<ServerCertificate, string?> trial) => _trials.Add(trial);

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
            throw new TlsFileException($"the certificate expired on {read.NotAfter:u}.");
        }

        if (_trials.Select(trial => trial(read)).FirstOrDefault(found => found is not null) is { } fault)
        {
            throw new TlsFileException($"no client could shake hands with it: {fault}.");
        }

        _current = read;
        _nextWarning = default;
    }
}
