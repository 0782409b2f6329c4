using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>What a proxy spends on a message that goes through it to an echo server and comes back.</summary>
internal static class EchoFigures
{
    private const int Sockets = 50;

    public static IReadOnlyList<Figure> All { get; } =
    [
        Of("echo-64", 64, "64 bytes", 1.0),
        Of("echo-1k", 1024, "1 KiB", 1.0),
        Of("echo-16k", 16 * 1024, "16 KiB", 0.5),
        WithTls(Of("echo-64-tls", 64, "64 bytes", 1.0), 64),
        WithTls(Of("echo-16k-tls", 16 * 1024, "16 KiB", 1.0), 16 * 1024) with { IsLikeAnother = true },
    ];

    private static Figure WithTls(Figure plain, int bytes) => plain with
    {
        Title = $"{plain.Title}, over TLS",
        Contenders = bench => ProxyPeers.Contenders(
            ProxyPeers.All, bench, proxy => new EchoRun(proxy, bench.Scale, Sockets, bytes, ServerCertificate.NewClient(bench.Scratch))),
    };

    private static Figure Of(string name, int bytes, string size, double target) => new()
    {
        Name = name,
        Title = $"CPU time of the proxy for a message of {size} there and back, {Sockets} sockets with one message each under way",
        Unit = "µs/message",
        Ours = "gateway",
        Targets = [new Target("nginx", target)],
        Contenders = bench => ProxyPeers.Contenders([.. ProxyPeers.All, new NoProxy()], bench, proxy => new EchoRun(proxy, bench.Scale, Sockets, bytes)),
    };
}
