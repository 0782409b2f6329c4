using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using YarpWs.Benchmarks.Hosted;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>Proxies that listen a second time, with TLS and HTTP/2: their second entrance.</summary>
internal static class TlsProxyPeers
{
    public static IReadOnlyList<IProxyPeer> All { get; } = [new TlsGatewayPeer(), new TlsPlainYarpPeer()];

    /// <summary>A certificate for localhost with the key that most servers have.</summary>
    public static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(7));
    }

    private static Running On(int port, int tlsPort, ServerProcess process) => Running.On(port, process) with
    {
        EndPoints = [new IPEndPoint(IPAddress.Loopback, port), new IPEndPoint(IPAddress.Loopback, tlsPort)],
    };

    private sealed class TlsGatewayPeer : IProxyPeer
    {
        public string Name => "gateway";

        public string? Absence => null;

        public async Task<Running> StartAsync(Scratch scratch, int backend)
        {
            var port = Ports.Free();
            var folder = scratch.NewFolder("certificate");
            using var certificate = Certificate();
            await File.WriteAllTextAsync(Path.Combine(folder, "tls.crt"), certificate.ExportCertificatePem());
            await File.WriteAllTextAsync(Path.Combine(folder, "tls.key"), certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
            var gateway = await GatewayPeer.StartAsync(scratch, [backend], settings => settings["Kestrel"]!["Endpoints"]!["Https"] = new JsonObject
            {
                ["Url"] = $"https://127.0.0.1:{port}",
                ["Certificate"] = new JsonObject { ["Path"] = Path.Combine(folder, "tls.crt"), ["KeyPath"] = Path.Combine(folder, "tls.key") },
            });
            return On(gateway.Port, port, gateway.Process);
        }
    }

    private sealed class TlsPlainYarpPeer : IProxyPeer
    {
        public string Name => "plain YARP";

        public string? Absence => null;

        public async Task<Running> StartAsync(Scratch scratch, int backend)
        {
            var (port, tlsPort) = (Ports.Free(), Ports.Free());
            var process = scratch.Start(Name, scratch.NewFolder("plain-yarp"), HiddenVerbs.Command(HiddenVerbs.PlainYarp, port, backend, tlsPort), HiddenVerbs.AsServer);
            await process.WaitForPortAsync(port);
            return On(port, tlsPort, process);
        }
    }
}
