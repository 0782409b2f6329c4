using System.Net;
using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using static YarpWs.Gateway.Tests.Edge.Tls.TlsTestGateway;

namespace YarpWs.Gateway.Tests.Edge.Tls;

public sealed class TlsCertificateTests
{
    [Fact]
    public async Task Name_PicksItsCertificate_ThenTheLongestWildcard_ThenTheEndpointsOwn()
    {
        var files = new TlsFolder();
        foreach (var name in new[] { "own", "exact", "wide", "deep" })
        {
            files.Save(name, $"{name}.test");
        }

        await using var gateway = await StartAsync(
            files,
            [
                .. files.Settings(Endpoint, "own"),
                .. files.Settings($"{Endpoint}:Sni:chat.example", "exact"),
                .. files.Settings($"{Endpoint}:Sni:*.example", "wide"),
                .. files.Settings($"{Endpoint}:Sni:*.rooms.example", "deep"),
            ]);

        var shown = new List<string>();
        foreach (var name in new[] { "chat.example", "CHAT.example", "other.example", "a.rooms.example", "example", "elsewhere.test", "" })
        {
            using var certificate = await gateway.HandshakeAsync(name);
            shown.Add(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false));
        }

        Assert.Equal(["exact.test", "exact.test", "wide.test", "deep.test", "own.test", "own.test", "own.test"], shown);
    }

    [Fact]
    public async Task UnknownName_WhereTheEndpointHasNoCertificate_IsRefused()
    {
        var files = new TlsFolder();
        files.Save("exact", "chat.example");
        await using var gateway = await StartAsync(files, files.Settings($"{Endpoint}:Sni:chat.example", "exact"));

        using var known = await gateway.HandshakeAsync("chat.example");
        var refusal = await Record.ExceptionAsync(() => gateway.HandshakeAsync("other.example"));

        Assert.True(refusal is IOException or AuthenticationException, $"{refusal}");
    }

    [Fact]
    public async Task ChangedCertificate_IsWhatNewHandshakesGet_AndOpenSocketsStay()
    {
        await using var gateway = await StartAsync();
        using var one = await gateway.ConnectAsync(HttpVersion.Version11);
        using var two = await gateway.ConnectAsync(HttpVersion.Version20);

        using var renewed = gateway.Files.Save("own", "renewed.example");
        await gateway.Gateway.Log.ExpectAsync(Taken);

        using var shown = await gateway.HandshakeAsync("chat.example");
        Assert.Equal(renewed.Thumbprint, shown.Thumbprint);
        Assert.Equal("still here", await EchoAsync(one));
        Assert.Equal("still here", await EchoAsync(two));
    }

    [Fact]
    public async Task LinkThatIsSwapped_AsMountedVolumesDo_IsFollowed()
    {
        var files = new TlsFolder();
        foreach (var version in new[] { "1", "2" })
        {
            Directory.CreateDirectory(files[$"..{version}"]);
            files.Save($"..{version}/tls", $"v{version}.example");
        }

        Directory.CreateSymbolicLink(files["..data"], "..1");
        File.CreateSymbolicLink(files["own.pem"], "..data/tls.pem");
        File.CreateSymbolicLink(files["own.key"], "..data/tls.key");
        await using var gateway = await StartAsync(files, files.Settings(Endpoint, "own"));

        Directory.CreateSymbolicLink(files["..new"], "..2");
        Directory.Delete(files["..data"]);
        Directory.Move(files["..new"], files["..data"]);
        await gateway.Gateway.Log.ExpectAsync(Taken);

        using var shown = await gateway.HandshakeAsync("chat.example");
        Assert.Equal("CN=v2.example", shown.Subject);
    }

    [Theory]
    [InlineData("garbage", "no certificate with the key")]
    [InlineData("half", "no certificate with the key")]
    [InlineData("mismatch", "no certificate with the key")]
    [InlineData("missing", "cannot be read")]
    [InlineData("expired", "expired on 2021-")]
    [InlineData("client", "not for servers")]
    public async Task BadFile_KeepsTheCertificate_AndIsSaidOnce_UntilAGoodOneComes(string kind, string complaint)
    {
        await using var gateway = await StartAsync();
        using var before = await gateway.HandshakeAsync("chat.example");

        Spoil(gateway.Files, kind);
        while (!(await gateway.Gateway.Log.ExpectAsync(Refused)).Contains(complaint, StringComparison.Ordinal))
        {
            // Certificate and key are two files: what stands between the two writes may be read as well, and is as bad.
        }

        using var kept = await gateway.HandshakeAsync("chat.example");
        Assert.Equal(before.Thumbprint, kept.Thumbprint);
        var page = (await gateway.CertificatesAsync()).GetProperty("certificates")[0];
        Assert.Contains(complaint, page.GetProperty("error").GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("chat.example", page.GetProperty("names")[0].GetString());

        Assert.Single(gateway.Gateway.Log.Lines, line => line.Contains("cannot be used", StringComparison.Ordinal) && line.Contains(complaint, StringComparison.Ordinal));

        using var renewed = gateway.Files.Save("own", "renewed.example");
        await gateway.Gateway.Log.ExpectAsync(Taken);
        using var shown = await gateway.HandshakeAsync("chat.example");
        Assert.Equal(renewed.Thumbprint, shown.Thumbprint);
        Assert.Equal(JsonValueKind.Null, (await gateway.CertificatesAsync()).GetProperty("certificates")[0].GetProperty("error").ValueKind);
    }

    [Fact]
    public async Task Pkcs12WithItsPassword_IsServed_AndThePasswordStandsNowhere()
    {
        var files = new TlsFolder();
        using var certificate = files.Authority.Issue("chat.example");
        await File.WriteAllBytesAsync(files["own.pfx"], certificate.Export(X509ContentType.Pkcs12, "wonderland"), Deadline.Token());
        await using var gateway = await StartAsync(files, ($"{Endpoint}:Certificate:Path", files["own.pfx"]), ($"{Endpoint}:Certificate:Password", "wonderland"));

        using var shown = await gateway.HandshakeAsync("chat.example");

        Assert.Equal(certificate.Thumbprint, shown.Thumbprint);
        Assert.DoesNotContain("wonderland", (await gateway.CertificatesAsync()).GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Gateway.Log.Lines, line => line.Contains("wonderland", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CertificateThatEndsSoon_IsWarnedOf_AndItsTimeLeftIsMeasured()
    {
        var files = new TlsFolder();
        files.Save("own", "chat.example", TimeProvider.System.GetUtcNow().AddDays(3));
        await using var gateway = await StartAsync(files, files.Settings(Endpoint, "own"));

        Assert.Contains("CN=chat.example, expires on", await gateway.Gateway.Log.ExpectAsync(Expires), StringComparison.Ordinal);

        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri(gateway.Gateway.Admin, "/metrics"), Deadline.Token());
        Assert.Matches("""yarpws_gateway_certificate_expiry_seconds\{[^}]*file="[^"]*own\.pem"[^}]*\} 2[0-9]{5}""", metrics);
    }

    [Fact]
    public async Task ExpiredCertificate_AtTheStart_IsServed_BecauseOthersAreThereToo()
    {
        var files = new TlsFolder();
        files.Save("own", "chat.example", DateTimeOffset.UnixEpoch.AddYears(51).AddDays(1));
        await using var gateway = await StartAsync(files, files.Settings(Endpoint, "own"));

        Assert.Contains("CN=chat.example, expired on 2021-", await gateway.Gateway.Log.ExpectAsync(HasExpired), StringComparison.Ordinal);
        using var shown = await gateway.HandshakeAsync("chat.example");
        Assert.Equal("CN=chat.example", shown.Subject);
    }

    [Fact]
    public async Task OlderVersion_ThanTheEndpointSpeaks_IsRefused()
    {
        await using var gateway = await StartAsync(($"{Endpoint}:SslProtocols:0", "Tls13"));

        Assert.StartsWith("HTTP/1.1 200", await gateway.AskAsync(options => options.EnabledSslProtocols = SslProtocols.Tls13), StringComparison.Ordinal);
        Assert.Empty(await gateway.AskAsync(options => options.EnabledSslProtocols = SslProtocols.Tls12));
    }

    [Fact]
    public async Task CipherSuites_AreThoseOfTheSettings_AndNoOthers()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There cipher suites are the machine's own.");
        await using var gateway = await StartAsync(("Tls:CipherSuites:0", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"), ("Tls:CipherSuites:1", "TLS_AES_256_GCM_SHA384"));

        await using var stream = await gateway.OpenAsync("chat.example");
        Assert.Equal(TlsCipherSuite.TLS_AES_256_GCM_SHA384, stream.NegotiatedCipherSuite);
#pragma warning disable CA1416 // Skipped above.
        Assert.Empty(await gateway.AskAsync(options => options.CipherSuitesPolicy = new CipherSuitesPolicy([TlsCipherSuite.TLS_AES_128_GCM_SHA256])));
#pragma warning restore CA1416
    }

    private static void Spoil(TlsFolder files, string kind)
    {
        switch (kind)
        {
            case "garbage":
                files.Replace("own.pem", "garbage");
                break;
            case "half":
                files.Replace("own.pem", File.ReadAllText(files["own.pem"])[..200]);
                break;
            case "mismatch":
                using (var other = files.Authority.Issue("other.example"))
                {
                    files.Replace("own.pem", other.ExportCertificatePem());
                }

                break;
            case "missing":
                File.Delete(files["own.key"]);
                break;
            case "expired":
                files.Save("own", "chat.example", DateTimeOffset.UnixEpoch.AddYears(51).AddDays(1));
                break;
            default:
                files.Save("own", "chat.example", use: TlsAuthority.ClientUse);
                break;
        }
    }

    private static async Task<string> EchoAsync(ClientWebSocket socket)
    {
        await socket.SendAsync("still here"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Deadline.Token());
        var buffer = new byte[64];
        var received = await socket.ReceiveAsync(buffer.AsMemory(), Deadline.Token());
        return System.Text.Encoding.UTF8.GetString(buffer, 0, received.Count);
    }
}
