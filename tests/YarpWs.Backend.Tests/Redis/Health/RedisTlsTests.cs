using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Redis.Health;

public sealed class RedisTlsTests : IDisposable
{
    /// <summary>The library's own way to be told of an authority; it looks with each connection.</summary>
    private const string Authority = "SERedis_IssuerCertPath";

    /// <summary>The same for a certificate to show: a file with it and its key.</summary>
    private const string ClientCertificate = "SERedis_ClientCertPemPath";

    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-tls-").FullName;

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Authority, null);
        Environment.SetEnvironmentVariable(ClientCertificate, null);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task CertificateOfAnOwnAuthority_HasALineOfItsOwn_UntilTheAuthorityIsTrusted()
    {
        var (authority, certificate, key) = WriteFiles();
        await using var redis = new SecuredServer("ssl=true", "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", authority, "--tls-auth-clients", "no");
        await redis.StartAsync();
        await using var node = await TestNode.StartUnreadyAsync(
            redis, "t", ("Redis:Configuration", $"rediss://127.0.0.1:{redis.Process.Port}/0"), ("Redis:CommandTimeout", "00:00:02"));
        await node.Logs.WaitForAsync(line => line.Event.Id == 2200 && line.Text.Contains("Its certificate is not accepted", StringComparison.Ordinal), "a refused certificate");

        Environment.SetEnvironmentVariable(Authority, authority);
        await node.WaitForRedisAsync();

        await using var ann = await node.JoinAsync(TestNode.Group());
        await node.PublishAsync(TestNode.Group(), "hello");
        await ann.Client.ExpectAsync("hello");
    }

    [Fact]
    public async Task ServerThatAsksForACertificate_IsShownIt()
    {
        var (authority, certificate, key) = WriteFiles();
        await using var redis = new SecuredServer(
            "ssl=true", "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", authority, "--tls-auth-clients", "yes");
        Environment.SetEnvironmentVariable(Authority, authority);
        Environment.SetEnvironmentVariable(ClientCertificate, Write("client.pem", File.ReadAllText(certificate) + '\n' + File.ReadAllText(key)));
        await redis.StartAsync();

        await using var node = await TestNode.StartAsync(redis, "t", ("Redis:Configuration", $"rediss://127.0.0.1:{redis.Process.Port}/0"));

        await using var ann = await node.JoinAsync(TestNode.Group());
        await node.PublishAsync(TestNode.Group(), "hello");
        await ann.Client.ExpectAsync("hello");
    }

    private (string Authority, string Certificate, string Key) WriteFiles()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var authorityKey = RSA.Create(2048);
        var authorityRequest = new CertificateRequest("CN=An authority of one's own", authorityKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        using var authority = authorityRequest.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));

        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=redis", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, now.AddDays(-1), now.AddDays(1), [1]);

        return (Write("authority.pem", authority.ExportCertificatePem()), Write("redis.pem", certificate.ExportCertificatePem()), Write("redis.key", key.ExportPkcs8PrivateKeyPem()));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
