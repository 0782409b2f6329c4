using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>
/// A cluster that knows public keys only, each in a file of its own. Two RSA keys of one issuer stand side by side, as they do while one
/// replaces the other.
/// </summary>
public sealed class KeyFiles : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("yarpws");
    private readonly EmbeddedGarnet _redis = new();

    public RSA Rsa { get; } = RSA.Create(2048);

    public RSA NextRsa { get; } = RSA.Create(2048);

    public RSA JwkRsa { get; } = RSA.Create(2048);

    public ECDsa Ec { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDsa JwkEc { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        Cluster = await TestCluster.StartAsync(
            _redis,
            ("Authentication:Schemes:Bearer:Authority", ""),
            ("Authentication:Schemes:Bearer:ValidIssuers:0", Tokens.Issuer),
            ("Authentication:Schemes:Bearer:SigningKeyFiles:0", Write("rsa.pem", Rsa.ExportSubjectPublicKeyInfoPem())),
            ("Authentication:Schemes:Bearer:SigningKeyFiles:1", Write("next.pem", NextRsa.ExportRSAPublicKeyPem())),
            ("Authentication:Schemes:Bearer:SigningKeyFiles:2", Write("ec.pem", Ec.ExportSubjectPublicKeyInfoPem())),
            ("Authentication:Schemes:Bearer:SigningKeyFiles:3", Write("rsa.jwk", Jwk(JwkRsa))),
            ("Authentication:Schemes:Bearer:SigningKeyFiles:4", Write("ec.jwks", $$"""{"keys":[{{Jwk(JwkEc)}}]}""")));
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        await _redis.DisposeAsync();
        _directory.Delete(recursive: true);
        Rsa.Dispose();
        NextRsa.Dispose();
        JwkRsa.Dispose();
        Ec.Dispose();
        JwkEc.Dispose();
    }

    public static string Jwk(RSA key, string? kid = null)
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return JsonSerializer.Serialize(new { kty = "RSA", use = "sig", kid, n = Base64UrlEncoder.Encode(parameters.Modulus), e = Base64UrlEncoder.Encode(parameters.Exponent) });
    }

    private static string Jwk(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return JsonSerializer.Serialize(new { kty = "EC", crv = "P-256", x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) });
    }

    private string Write(string name, string text)
    {
        var file = Path.Combine(_directory.FullName, name);
        File.WriteAllText(file, text);
        return file;
    }
}
