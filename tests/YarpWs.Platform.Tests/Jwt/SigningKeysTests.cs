using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using YarpWs.Platform.Jwt;
using YarpWs.Platform.Settings;

namespace YarpWs.Platform.Tests.Jwt;

public sealed class SigningKeysTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("yarpws-keys-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private IReadOnlyList<SecurityKey> Load(string content)
    {
        File.WriteAllText(Path.Combine(_directory, "key"), content);
        return SigningKeys.Load("Bearer", new SchemeOptions { SigningKeyFiles = ["key"] }, _directory);
    }

    [Fact]
    public void RsaPem_SignsWithRsaAlone()
    {
        using var rsa = RSA.Create(2048);

        var key = Assert.Single(Load(rsa.ExportSubjectPublicKeyInfoPem()));

        Assert.Contains("RS256", SigningKeys.AlgorithmsOf(key));
        Assert.DoesNotContain("HS256", SigningKeys.AlgorithmsOf(key));
    }

    [Fact]
    public void EllipticCurvePem_SignsWithEcdsaAlone()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var key = Assert.Single(Load(ecdsa.ExportSubjectPublicKeyInfoPem()));

        Assert.Equal(["ES256", "ES384", "ES512"], SigningKeys.AlgorithmsOf(key));
    }

    [Fact]
    public void KeySet_GivesEachOfItsKeys()
    {
        using var rsa = RSA.Create(2048);
        var parameters = rsa.ExportParameters(includePrivateParameters: false);
        var jwk = $$"""{"kty":"RSA","kid":"one","n":"{{Base64UrlEncoder.Encode(parameters.Modulus)}}","e":"{{Base64UrlEncoder.Encode(parameters.Exponent)}}"}""";

        Assert.Equal("one", Assert.Single(Load(jwk)).KeyId);
        Assert.Equal(2, Load($$"""{"keys":[{{jwk}},{{jwk.Replace("one", "two", StringComparison.Ordinal)}}]}""").Count);
    }

    [Fact]
    public void File_ThatCannotBeRead_IsRefusedByItsKey()
    {
        using var locked = new FileStream(Path.Combine(_directory, "locked"), FileMode.Create, FileAccess.Write, FileShare.None);

        var refused = Assert.Throws<InvalidSettingException>(() => SigningKeys.Load("Bearer", new SchemeOptions { SigningKeyFiles = ["locked"] }, _directory));

        Assert.Equal("Authentication:Schemes:Bearer:SigningKeyFiles:0", refused.Key);
        Assert.Contains("cannot be read", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")]
    [InlineData("no key at all")]
    [InlineData("{}")]
    public void File_WithoutAKey_IsRefusedByItsKey(string content)
    {
        var refused = Assert.Throws<InvalidSettingException>(() => Load(content));

        Assert.Equal("Authentication:Schemes:Bearer:SigningKeyFiles:0", refused.Key);
    }
}
