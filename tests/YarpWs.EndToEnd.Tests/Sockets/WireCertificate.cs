using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>A self-signed certificate for <c>localhost</c>, in files that are deleted when the process ends.</summary>
internal static class WireCertificate
{
    private static readonly DirectoryInfo Directory = Write();

    /// <summary>The settings of an endpoint that speaks TLS, HTTP/1.1 and HTTP/2, after two others by name.</summary>
    public static (string Key, string Value)[] Endpoint =>
    [
        ("Kestrel:Endpoints:Https:Url", "https://127.0.0.1:0"),
        ("Kestrel:Endpoints:Https:Certificate:Path", Path.Combine(Directory.FullName, "localhost.pem")),
        ("Kestrel:Endpoints:Https:Certificate:KeyPath", Path.Combine(Directory.FullName, "localhost.key")),
    ];

    /// <summary>Trusts it, and nothing else.</summary>
    public static X509ChainPolicy Trust() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(Path.Combine(Directory.FullName, "localhost.pem")) },
    };

    private static DirectoryInfo Write()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));

        var directory = System.IO.Directory.CreateTempSubdirectory("yarpws-wire-");
        File.WriteAllText(Path.Combine(directory.FullName, "localhost.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory.FullName, "localhost.key"), key.ExportPkcs8PrivateKeyPem());
        AppDomain.CurrentDomain.ProcessExit += (_, _) => directory.Delete(recursive: true);
        return directory;
    }
}
