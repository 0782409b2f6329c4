using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>The one certificate that all servers of a run have, for localhost, with the kind of key that most servers have.</summary>
internal static class ServerCertificate
{
    /// <summary>In the folder of each server: PEM, as nginx and the gateway want them.</summary>
    public const string File = "tls.crt";
    public const string KeyFile = "tls.key";

    /// <summary>Both in one, as HAProxy wants them.</summary>
    public const string BothFile = "tls.pem";

    private static readonly Lazy<(string Certificate, string Key)> Pem = new(Create);

    /// <summary>Writes it into this folder.</summary>
    public static void Write(string folder)
    {
        var (certificate, key) = Pem.Value;
        System.IO.File.WriteAllText(Path.Combine(folder, File), certificate);
        System.IO.File.WriteAllText(Path.Combine(folder, KeyFile), key);
        System.IO.File.WriteAllText(Path.Combine(folder, BothFile), $"{certificate}\n{key}\n");
    }

    /// <summary>Clients who trust it, and nothing else.</summary>
    public static TlsClient NewClient(Scratch scratch, string protocol = TlsClient.Http1, bool resumes = false)
    {
        var folder = scratch.NewFolder("certificate");
        Write(folder);
        return new TlsClient(Path.Combine(folder, File), protocol, resumes);
    }

    private static (string Certificate, string Key) Create()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(7));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
