using System.Text;
using YarpWs.Benchmarks.Hosted;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>What a plain request costs.</summary>
internal static class HttpFigure
{
    private const int Connections = 50;
    private const int Http2Connections = 10;
    private const int StreamsEach = 20;
    private const int PostedBytes = 300;

    public static Figure Instance { get; } = new()
    {
        Name = "http",
        Title = $"CPU time of the proxy for a GET with a small JSON answer, {Connections} kept connections with one request each under way, kept connections to the backend",
        Unit = "µs/request",
        Ours = "gateway",
        Targets = [new Target("nginx", 1.5), new Target("plain YARP", 0.8)],
        Contenders = bench => ProxyPeers.Contenders([.. ProxyPeers.All, new NoProxy()], bench, proxy => Run(proxy, bench, tls: null)),
    };

    public static Figure Post { get; } = Instance with
    {
        IsLikeAnother = true,
        Name = "post",
        Title = $"CPU time of the proxy for a POST of {PostedBytes} bytes with a small JSON answer, {Connections} kept connections with one request each under way, kept connections to the backend",
        Targets = [new Target("nginx", 1.5)],
        Contenders = bench => ProxyPeers.Contenders(ProxyPeers.All, bench, proxy =>
        {
            var request = Requests.Post(proxy.EndPoint, "/open/items?page=1", EchoServer.Large[..PostedBytes], "Accept: application/json", "User-Agent: bench/1", "Content-Type: text/plain");
            var load = new HttpLoad(proxy.EndPoint, bench.Scale.Count(Connections, 4), request, Encoding.ASCII.GetBytes(EchoServer.Body));
            return new LoadRun(proxy, bench.Scale, "requests", load.RunFor, load);
        }),
    };

    public static Figure Tls { get; } = Instance with
    {
        IsLikeAnother = true,
        Name = "http-tls",
        Title = $"{Instance.Title}, over TLS from the client",
        Contenders = bench => ProxyPeers.Contenders(ProxyPeers.All, bench, proxy => Run(proxy, bench, ServerCertificate.NewClient(bench.Scratch))),
    };

    public static Figure Http2 { get; } = Instance with
    {
        Name = "http2",
        Title = $"CPU time of the proxy for a GET with a small JSON answer, {Http2Connections} connections of HTTP/2 over TLS with {StreamsEach} streams each under way, kept connections to the backend",
        Contenders = bench => ProxyPeers.Contenders(ProxyPeers.All, bench, proxy => RunHttp2(proxy, bench, ServerCertificate.NewClient(bench.Scratch, TlsClient.Http2))),
    };

    private static LoadRun Run(ProxyUnderTest proxy, Bench bench, TlsClient? tls)
    {
        var load = new HttpLoad(tls is null ? proxy.EndPoint : proxy.TlsEndPoint, bench.Scale.Count(Connections, 4), tls);
        return new LoadRun(proxy, bench.Scale, "requests", load.RunFor, [load, .. tls is null ? [] : (TlsClient[])[tls]]);
    }

    private static LoadRun RunHttp2(ProxyUnderTest proxy, Bench bench, TlsClient tls)
    {
        var load = new Http2Load(proxy.TlsEndPoint, bench.Scale.Count(Http2Connections, 2), StreamsEach, tls);
        return new LoadRun(proxy, bench.Scale, "requests", load.RunFor, load, tls);
    }
}
