using System.CommandLine;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using static YarpWs.Gateway.Tests.Edge.Tls.TlsTestGateway;

namespace YarpWs.Gateway.Tests.Edge.Tls;

/// <summary>What a client that is refused before its first request is told, and what the operator is.</summary>
public sealed class TlsRefusalTests
{
    private const int HandshakeRefused = 1504;

    [Theory]
    [InlineData(SslProtocols.Tls13, "none", "it shows no certificate")]
    [InlineData(SslProtocols.Tls12, "none", "it shows no certificate")]
    [InlineData(SslProtocols.Tls13, "foreign", "its certificate CN=ann does not hold: ")]
    [InlineData(SslProtocols.Tls12, "foreign", "its certificate CN=ann does not hold: ")]
    [InlineData(SslProtocols.Tls13, "expired", "its certificate CN=ann does not hold: ")]
    public async Task Client_RefusedForItsCertificate_Gets400_AndTheLogTheReason(SslProtocols version, string shown, string reason)
    {
        await using var gateway = await StartAskingAsync();
        using var stranger = new TlsAuthority();
        using var certificate = shown switch
        {
            "none" => null,
            "foreign" => stranger.Issue("ann", use: TlsAuthority.ClientUse),
            _ => gateway.Files.Authority.Issue("ann", DateTimeOffset.UnixEpoch.AddYears(51).AddDays(1), TlsAuthority.ClientUse),
        };

        var answer = await gateway.AskAsync(options =>
        {
            options.EnabledSslProtocols = version;
            options.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!;
        });

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("client certificate", answer, StringComparison.Ordinal);
        Assert.Empty(gateway.Arrivals);
        var line = await gateway.Gateway.Log.ExpectAsync(HandshakeRefused);
        Assert.StartsWith("Client 127.0.0.1:", line, StringComparison.Ordinal);
        Assert.Contains($" is refused in its TLS handshake on endpoint Http: {reason}", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Client_RefusedForItsCertificate_OpensNoSocket(string version)
    {
        await using var gateway = await StartAskingAsync();

        var exception = await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => gateway.ConnectAsync(Version.Parse(version)));

        Assert.Contains("400", exception.ToString(), StringComparison.Ordinal);
        Assert.Empty(gateway.Arrivals);
    }

    [Fact]
    public async Task Client_ThatAsksForAnUnknownName_GetsAnAlert_AndTheLogTheName()
    {
        await using var gateway = await StartForOneNameAsync();

        var exception = await Record.ExceptionAsync(() => gateway.HandshakeAsync("other.example"));

        Assert.Contains("unrecognized name", exception?.ToString() ?? "", StringComparison.Ordinal);
        Assert.Contains("there is no certificate for 'other.example'", await gateway.Gateway.Log.ExpectAsync(HandshakeRefused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RefusedClients_HaveALineASecondAtMost()
    {
        await using var gateway = await StartForOneNameAsync();

        for (var i = 0; i < 50; i++)
        {
            await Record.ExceptionAsync(() => gateway.HandshakeAsync("other.example"));
        }

        var told = gateway.Gateway.Log.Lines.Count(line => line.Contains("is refused in its TLS handshake", StringComparison.Ordinal));
        Assert.InRange(told, 1, 20);
    }

    [Fact]
    public async Task PlainHttp_IsAnswered400_WithASentence()
    {
        await using var gateway = await StartAsync();

        var answer = await gateway.Gateway.SendRawAsync("GET /demo/a HTTP/1.1", "Host: chat.example");

        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nTLS is spoken on this port; use an address with https or wss.\n", answer, StringComparison.Ordinal);
        Assert.Contains("it speaks plain HTTP", await gateway.Gateway.Log.ExpectAsync(HandshakeRefused), StringComparison.Ordinal);
        Assert.Empty(gateway.Arrivals);
    }

    [Fact]
    public async Task Client_IsToldWhichAuthoritiesCount_SoThatItCanChoose()
    {
        await using var gateway = await StartAskingAsync();
        using var good = gateway.Files.Authority.Issue("ann", use: TlsAuthority.ClientUse);
        var told = new HashSet<string>();

        Assert.StartsWith("HTTP/1.1 200", await gateway.AskAsync(options => options.LocalCertificateSelectionCallback = (_, _, _, _, acceptable) =>
        {
            // It is asked before the server has said anything, and again when it has.
            told.UnionWith(acceptable);
            return acceptable.Length == 0 ? null! : good;
        }), StringComparison.Ordinal);

        Assert.Equal(["CN=authority of a test"], told);
    }

    [Fact]
    public async Task AuthoritiesWithoutARoot_AreSaidAtTheStart()
    {
        var files = new TlsFolder();
        files.Save("own", "chat.example");
        files.Save("issued", "no authority");
        await using var gateway = await StartAsync(
            files, [.. files.Settings(Endpoint, "own"), ($"{Endpoint}:ClientCertificateMode", "AllowCertificate"), ($"{Endpoint}:ClientCertificateAuthorities", files["issued.pem"])]);

        Assert.Contains("lets no client in by its certificate: it holds no root", await gateway.Gateway.Log.ExpectAsync(1503), StringComparison.Ordinal);
    }

    /// <summary>What a start says of certificates and goes on.</summary>
    [Fact]
    public async Task AuthoritiesWithoutARoot_AndACertificateThatHasExpired_AreWarningsOfTheCheck()
    {
        using var files = new TlsFolder();
        files.Save("own", "chat.example", DateTimeOffset.UnixEpoch.AddYears(51).AddDays(1));
        files.Save("issued", "no authority");
        await File.WriteAllTextAsync(files["gateway.json"], """
            {
              "Kestrel": { "Endpoints": { "Https": {
                "Url": "https://127.0.0.1:0", "Certificate": { "Path": "own.pem", "KeyPath": "own.key" }, "ClientCertificateMode": "AllowCertificate", "ClientCertificateAuthorities": "issued.pem" } } },
              "ReverseProxy": { "Routes": { "a": { "ClusterId": "b", "AuthorizationPolicy": "anonymous", "Match": { "Path": "/a" } } }, "Clusters": { "b": { "Destinations": { "c": { "Address": "http://127.0.0.1:1" } } } } }
            }
            """, Deadline.Token());
        using var output = new StringWriter();

        var code = await YarpwsCommand.Create().InvokeAsync(["check", "--strict", files["gateway.json"]], new InvocationConfiguration { Output = output, Error = output }, Deadline.Token());

        Assert.Equal(2, code);
        Assert.Contains("Kestrel:Endpoints:Https:Certificate:Path: 'own.pem' expired on 2021-", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("Kestrel:Endpoints:Https:ClientCertificateAuthorities: 'issued.pem' lets no client in by its certificate: it holds no root", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chat.example")]
    [InlineData("chat.example.")]
    public async Task Name_MayEndWithADot(string name)
    {
        await using var gateway = await StartForOneNameAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.Gateway.Public.Port, Deadline.Token());
        await client.GetStream().WriteAsync(ClientHello(name), Deadline.Token());

        // A handshake record, which brings the certificate; an alert would begin with 21.
        var answer = new byte[1];
        await client.GetStream().ReadExactlyAsync(answer, Deadline.Token());

        Assert.Equal(22, answer[0]);
    }

    [Fact]
    public async Task SuitesOfTls12Alone_AreSpokenInTls12()
    {
        await using var gateway = await StartAsync(("Tls:CipherSuites:0", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"), ("Tls:CipherSuites:1", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));

        await using var stream = await gateway.OpenAsync("chat.example");

        Assert.Equal(SslProtocols.Tls12, stream.SslProtocol);
        Assert.Equal(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, stream.NegotiatedCipherSuite);
    }

    [Fact]
    public async Task VersionWithoutASuiteForTheKey_IsNotSpoken()
    {
        await using var gateway = await StartAsync(("Tls:CipherSuites:0", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), ("Tls:CipherSuites:1", "TLS_AES_128_GCM_SHA256"));

        await using var stream = await gateway.OpenAsync("chat.example");

        Assert.Equal(SslProtocols.Tls13, stream.SslProtocol);
        await Assert.ThrowsAsync<AuthenticationException>(() => gateway.OpenAsync("chat.example", options => options.EnabledSslProtocols = SslProtocols.Tls12));
    }

    [Fact]
    public async Task NewCertificate_ThatNoSuiteIsFor_IsRefused_AndTheOneBeforeGoesOn()
    {
        await using var gateway = await StartAsync(("Tls:CipherSuites:0", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"));
        using var before = await gateway.HandshakeAsync("chat.example");
        using var key = System.Security.Cryptography.RSA.Create(2048);
        using var issued = new CertificateRequest("CN=chat.example", key, System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(51), DateTimeOffset.UnixEpoch.AddYears(119));

        gateway.Files.Replace("own.key", key.ExportPkcs8PrivateKeyPem());
        gateway.Files.Replace("own.pem", issued.ExportCertificatePem());

        string line;
        do
        {
            line = await gateway.Gateway.Log.ExpectAsync(Refused);
        }
        while (!line.Contains("no client could shake hands with it: no cipher suite of Tls:CipherSuites is for its key in Tls12", StringComparison.Ordinal));
        using var after = await gateway.HandshakeAsync("chat.example");
        Assert.Equal(before.Thumbprint, after.Thumbprint);
    }

    private static Task<TlsTestGateway> StartAskingAsync()
    {
        var files = new TlsFolder();
        files.Save("own", "chat.example");
        files.Replace("authorities.pem", files.Authority.Pem);
        return StartAsync(
            files, [.. files.Settings(Endpoint, "own"), ($"{Endpoint}:ClientCertificateMode", "RequireCertificate"), ($"{Endpoint}:ClientCertificateAuthorities", files["authorities.pem"])]);
    }

    /// <summary>With a certificate for chat.example, and none for anybody else.</summary>
    private static Task<TlsTestGateway> StartForOneNameAsync()
    {
        var files = new TlsFolder();
        files.Save("own", "chat.example");
        return StartAsync(files, [.. files.Settings($"{Endpoint}:Sni:chat.example", "own")]);
    }

    /// <summary>A first message of TLS 1.2 (RFC 5246, section 7.4.1.2) that asks for a name as it is written; the platform's own client would put it right.</summary>
    private static byte[] ClientHello(string name)
    {
        var host = Encoding.ASCII.GetBytes(name);
        byte[] extensions =
        [
            .. Extension(0, [.. Sized(2, [0, .. Sized(2, host)])]),
            .. Extension(10, Sized(2, [0, 23])),
            .. Extension(11, Sized(1, [0])),
            .. Extension(13, Sized(2, [4, 3])),
        ];
        byte[] hello = [3, 3, .. new byte[32], 0, .. Sized(2, [0xC0, 0x2B]), 1, 0, .. Sized(2, extensions)];
        return [22, 3, 1, .. Sized(2, [1, .. Sized(3, hello)])];
    }

    private static byte[] Extension(byte type, byte[] content) => [0, type, .. Sized(2, content)];

    /// <summary>Behind its own length.</summary>
    private static byte[] Sized(int bytes, byte[] content) => [.. Enumerable.Range(1, bytes).Select(index => (byte)(content.Length >> (8 * (bytes - index)))), .. content];
}
