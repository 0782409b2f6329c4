using System.Text;
using YarpWs.Benchmarks.Hosted;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>What a long body costs that goes through a proxy, either way.</summary>
internal static class BodyFigures
{
    private const int Connections = 20;

    public static IReadOnlyList<Figure> All { get; } =
    [
        Of("upload-1m", "a POST with a body of 1 MiB", Encoding.ASCII.GetBytes(EchoServer.Body), proxy => Requests.Post(proxy.TlsEndPoint, "/open/items", EchoServer.Large, "Content-Type: application/octet-stream")),
        Of("download-1m", "a GET of 1 MiB", EchoServer.Large, proxy => HttpLoad.Get(proxy.TlsEndPoint, EchoServer.LargeTarget)) with { IsLikeAnother = true },
    ];

    private static Figure Of(string name, string what, byte[] answer, Func<ProxyUnderTest, byte[]> request) => new()
    {
        Name = name,
        Title = $"CPU time of the proxy for {what} over TLS, {Connections} kept connections with one request each under way",
        Unit = "µs/request",
        Ours = "gateway",
        Targets = [new Target("nginx", 1.5)],
        Contenders = bench => ProxyPeers.Contenders(ProxyPeers.All, bench, proxy =>
        {
            var tls = ServerCertificate.NewClient(bench.Scratch);
            var load = new HttpLoad(proxy.TlsEndPoint, bench.Scale.Count(Connections, 4), request(proxy), answer, tls);
            return new LoadRun(proxy, bench.Scale, "requests", load.RunFor, load, tls);
        }),
    };
}
