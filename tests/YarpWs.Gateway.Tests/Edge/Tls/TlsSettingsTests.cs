using YarpWs.Gateway.Edge.Tls;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Tests.Edge.Tls;

public sealed class TlsSettingsTests
{
    private const string Endpoint = TlsTestGateway.Endpoint;

    [Theory]
    [InlineData($"{Endpoint}:SslProtocols:0", "Tls11", "'Tls11' is no version")]
    [InlineData($"{Endpoint}:ClientCertificateMode", "Sometimes", "expected NoCertificate")]
    [InlineData($"{Endpoint}:Certificate:KeyPath", "missing.key", "does not exist")]
    [InlineData("Tls:CipherSuites:0", "ECDHE-RSA-AES128-GCM-SHA256", "expected its IANA name")]
    [InlineData($"{Endpoint}:Protocols", "Http9", "is no protocol")]
    [InlineData("Tls:CipherSuites:0", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "no cipher suite of Tls:CipherSuites is for its key in Tls12", "Tls:CipherSuites")]
    [InlineData("Tls:CipherSuites:0", "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", "no client could shake hands with Kestrel:Endpoints:Http", "Tls:CipherSuites")]
    public void WrongWord_StopsTheStart_UnderItsKey(string key, string value, string complaint, string? named = null)
    {
        var refusal = Refuse((key, value));

        Assert.Equal(named ?? key, refusal.Key);
        Assert.Contains(complaint, refusal.Expected, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("own.key", "own.pem", "it holds the private key, and KeyPath the certificate; exchange the two.")]
    [InlineData("own.key", "own.key", "it holds a private key, as KeyPath does; expected the certificate")]
    [InlineData("own.key", "", "it holds a private key and no certificate;")]
    [InlineData("own.pem", "own.pem", "KeyPath holds a certificate; expected the private key")]
    [InlineData("own.pem", "text", "KeyPath holds no private key in PEM.")]
    [InlineData("own.pem", "", "it holds the certificate alone; expected its private key in KeyPath")]
    [InlineData("text", "own.key", "it is neither PEM nor PKCS #12.")]
    [InlineData("der", "own.key", "it is a certificate in DER,")]
    public void FileInThePlaceOfAnother_StopsTheStart_AndIsSaid(string certificate, string key, string complaint)
    {
        using var files = new TlsFolder();
        using var saved = files.Save("own", "chat.example");
        files.Replace("text", "neither");
        File.WriteAllBytes(files["der"], saved.RawData);

        var refusal = Assert.Throws<InvalidSettingException>(() => GatewayHost.Build(TestGateway.SettingsFile, TestGateway.Overlay(
            ($"{Endpoint}:Url", "https://127.0.0.1:0"),
            ($"{Endpoint}:Certificate:Path", files[certificate]),
            ($"{Endpoint}:Certificate:KeyPath", key.Length == 0 ? null : files[key]))));

        Assert.Equal($"{Endpoint}:Certificate:Path", refusal.Key);
        Assert.Contains(complaint, refusal.Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void SuitesOfAVersionThatIsNotSpoken_StopTheStart() => Assert.StartsWith(
        "none is of Tls13, which Kestrel:Endpoints:Http speaks",
        Refuse(("Tls:CipherSuites:0", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"), ($"{Endpoint}:SslProtocols:0", "Tls13")).Expected,
        StringComparison.Ordinal);

    [Fact]
    public void CertificatesAskedOfClients_WithoutAuthorities_StopTheStart() =>
        Assert.Equal($"{Endpoint}:ClientCertificateAuthorities", Refuse(($"{Endpoint}:ClientCertificateMode", "RequireCertificate")).Key);

    [Fact]
    public void EndpointWithoutACertificate_StopsTheStart() => Assert.Equal(
        $"{Endpoint}:Certificate",
        Assert.Throws<InvalidSettingException>(() => GatewayHost.Build(TestGateway.SettingsFile, TestGateway.Overlay(($"{Endpoint}:Url", "https://127.0.0.1:0")))).Key);

    [Fact]
    public void CertificateOfAnEndpointWithoutTls_StopsTheStart() =>
        Assert.Equal($"{Endpoint}:Certificate", Refuse(($"{Endpoint}:Url", "http://127.0.0.1:0")).Key);

    [Fact]
    public void KeyOfAnotherCertificate_StopsTheStart()
    {
        using var files = new TlsFolder();
        files.Save("other", "other.example");

        Assert.Equal($"{Endpoint}:Certificate:Path", Refuse(($"{Endpoint}:Certificate:KeyPath", files["other.key"])).Key);
    }

    [Fact]
    public void Http3_NeedsTls_AndItsLibrary()
    {
        Assert.Contains("needs TLS", Refuse(($"{Endpoint}:Url", "http://127.0.0.1:0"), ($"{Endpoint}:Protocols", "Http1AndHttp2AndHttp3")).Expected, StringComparison.Ordinal);

        Assert.SkipWhen(TlsSettings.HasQuic, "This machine has libmsquic.");
        Assert.Contains("libmsquic", Refuse(($"{Endpoint}:Protocols", "Http1AndHttp2AndHttp3")).Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void RedirectToWhereNobodyAnswers_StopsTheStart() => Assert.Equal(
        "Https:Redirect",
        Assert.Throws<InvalidSettingException>(() => GatewayHost.Build(TestGateway.SettingsFile, TestGateway.Overlay(("Https:Redirect", "true")))).Key);

    private static InvalidSettingException Refuse(params (string Key, string? Value)[] settings)
    {
        using var files = new TlsFolder();
        files.Save("own", "chat.example");
        return Assert.Throws<InvalidSettingException>(() => GatewayHost.Build(
            TestGateway.SettingsFile, TestGateway.Overlay([($"{Endpoint}:Url", "https://127.0.0.1:0"), .. files.Settings(Endpoint, "own"), .. settings])));
    }
}
