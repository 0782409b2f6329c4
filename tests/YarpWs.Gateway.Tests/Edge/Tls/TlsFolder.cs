using System.Security.Cryptography.X509Certificates;

namespace YarpWs.Gateway.Tests.Edge.Tls;

/// <summary>A directory with certificates of one authority.</summary>
internal sealed class TlsFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("yarpws-tls-").FullName;

    public TlsAuthority Authority { get; } = new();

    public string this[string file] => System.IO.Path.Combine(Path, file);

    /// <summary>Issues a certificate and writes it as NAME.pem and NAME.key.</summary>
    public X509Certificate2 Save(string file, string name, DateTimeOffset? notAfter = null, string use = TlsAuthority.ServerUse)
    {
        var certificate = Authority.Issue(name, notAfter, use);
        Save(file, certificate);
        return certificate;
    }

    public void Save(string file, X509Certificate2 certificate)
    {
        Replace(file + ".pem", certificate.ExportCertificatePem());
        Replace(file + ".key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>As most programs do: a new file takes the old one's name.</summary>
    public void Replace(string file, string text)
    {
        File.WriteAllText(this[file + ".new"], text);
        File.Move(this[file + ".new"], this[file], overwrite: true);
    }

    public (string Key, string? Value)[] Settings(string section, string file) =>
        [($"{section}:Certificate:Path", this[file + ".pem"]), ($"{section}:Certificate:KeyPath", this[file + ".key"])];

    public void Dispose()
    {
        Directory.Delete(Path, recursive: true);
        Authority.Dispose();
    }
}
