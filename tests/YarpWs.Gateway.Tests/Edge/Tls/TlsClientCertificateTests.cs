using System.Security.Cryptography.X509Certificates;
using static YarpWs.Gateway.Tests.Edge.Tls.TlsTestGateway;

namespace YarpWs.Gateway.Tests.Edge.Tls;

public sealed class TlsClientCertificateTests
{
    private const string Header = "X-Client-Cert";

    [Fact]
    public async Task RequiredCertificate_LetsInWhomTheAuthoritiesVouchFor_AndNobodyElse()
    {
        await using var gateway = await StartWithAsync("RequireCertificate");
        using var stranger = new TlsAuthority();
        using var good = gateway.Files.Authority.Issue("ann", use: TlsAuthority.ClientUse);
        using var foreign = stranger.Issue("ann", use: TlsAuthority.ClientUse);
        using var expired = gateway.Files.Authority.Issue("ann", DateTimeOffset.UnixEpoch.AddYears(51).AddDays(1), TlsAuthority.ClientUse);
        using var server = gateway.Files.Authority.Issue("ann");

        Assert.StartsWith("HTTP/1.1 200", await AskAsync(gateway, good), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400", await AskAsync(gateway, null), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400", await AskAsync(gateway, foreign), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400", await AskAsync(gateway, expired), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400", await AskAsync(gateway, server), StringComparison.Ordinal);
        Assert.Single(gateway.Arrivals);
    }

    [Fact]
    public async Task VerifiedCertificate_IsToldToDestinations_AsNginxEscapesIt()
    {
        await using var gateway = await StartWithAsync("AllowCertificate");
        using var certificate = gateway.Files.Authority.Issue("ann", use: TlsAuthority.ClientUse);

        await AskAsync(gateway, certificate, $"{Header}: forged");

        var told = Assert.Single(gateway.Arrivals).Headers[Header];
        Assert.StartsWith("-----BEGIN%20CERTIFICATE-----%0A", told, StringComparison.Ordinal);
        Assert.EndsWith("%0A-----END%20CERTIFICATE-----%0A", told, StringComparison.Ordinal);
        using var read = X509Certificate2.CreateFromPem(Uri.UnescapeDataString(told));
        Assert.Equal(certificate.Thumbprint, read.Thumbprint);
    }

    [Fact]
    public async Task AllowedCertificate_MayBeLeftOut_AndTheHeaderIsNotTheClients()
    {
        await using var gateway = await StartWithAsync("AllowCertificate", ("Forwarding:IdentityHeaders:0", "X-User-Id"));

        Assert.StartsWith("HTTP/1.1 200", await AskAsync(gateway, null, $"{Header}: forged"), StringComparison.Ordinal);

        Assert.DoesNotContain(Header, Assert.Single(gateway.Arrivals).Headers.Keys);
    }

    [Fact]
    public async Task TrustedProxysOwnCertificate_IsNotTakenForItsClients()
    {
        await using var gateway = await StartWithAsync("AllowCertificate", ("Forwarding:TrustedProxies:0", "127.0.0.1"));
        using var proxy = gateway.Files.Authority.Issue("proxy", use: TlsAuthority.ClientUse);

        await AskAsync(gateway, proxy);

        Assert.DoesNotContain(Header, Assert.Single(gateway.Arrivals).Headers.Keys);
    }

    [Fact]
    public async Task AuthoritiesThatChange_DecideOnTheNextHandshake()
    {
        await using var gateway = await StartWithAsync("RequireCertificate");
        using var next = new TlsAuthority();
        using var before = gateway.Files.Authority.Issue("ann", use: TlsAuthority.ClientUse);
        using var after = next.Issue("ann", use: TlsAuthority.ClientUse);
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(gateway, before), StringComparison.Ordinal);

        gateway.Files.Replace("authorities.pem", next.Pem);
        await gateway.Gateway.Log.ExpectAsync(Taken);

        Assert.StartsWith("HTTP/1.1 200", await AskAsync(gateway, after), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400", await AskAsync(gateway, before), StringComparison.Ordinal);
    }

    private static Task<TlsTestGateway> StartWithAsync(string mode, params (string Key, string? Value)[] settings)
    {
        var files = new TlsFolder();
        files.Save("own", "chat.example");
        files.Replace("authorities.pem", files.Authority.Pem);
        return StartAsync(
            files,
            [
                .. files.Settings(Endpoint, "own"),
                ($"{Endpoint}:ClientCertificateMode", mode),
                ($"{Endpoint}:ClientCertificateAuthorities", files["authorities.pem"]),
                .. settings,
            ]);
    }

    private static Task<string> AskAsync(TlsTestGateway gateway, X509Certificate2? certificate, string header = "Accept: */*") =>
        gateway.AskAsync(options => options.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!, header);
}
