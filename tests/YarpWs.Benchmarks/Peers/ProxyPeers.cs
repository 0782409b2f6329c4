using System.Net;
using YarpWs.Benchmarks.Hosted;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>The proxies that are compared, the product first.</summary>
internal static class ProxyPeers
{
    public static IReadOnlyList<IProxyPeer> All { get; } = [new GatewayPeer(), new NginxPeer(), new HaproxyPeer(), new PlainYarpPeer()];

    /// <summary>Each of these, in front of an echo server of its own, started once for all rounds.</summary>
    public static IReadOnlyList<Contender> Contenders(IEnumerable<IProxyPeer> peers, Bench bench, Func<ProxyUnderTest, IRun> run) =>
        [.. Compared(peers, bench).Select(peer => new Contender(peer.Name, peer.Absence, async () => run(await StartAsync(peer, bench.Scratch))))];

    /// <summary>The same, started anew by the run itself whenever it asks.</summary>
    public static IReadOnlyList<Contender> Starters(IEnumerable<IProxyPeer> peers, Bench bench, Func<Func<Task<ProxyUnderTest>>, IRun> run) =>
        [.. Compared(peers, bench).Select(peer => new Contender(peer.Name, peer.Absence, () => Task.FromResult(run(() => StartAsync(peer, bench.Scratch)))))];

    /// <summary>Where another build is given, the product and that one in place of the peers.</summary>
    private static IEnumerable<IProxyPeer> Compared(IEnumerable<IProxyPeer> peers, Bench bench) =>
        bench.Before is { } before ? [new GatewayPeer(), new GatewayPeer(before)] : peers;

    private static async Task<ProxyUnderTest> StartAsync(IProxyPeer peer, Scratch scratch)
    {
        var port = Ports.Free();
        var backend = scratch.Start("echo server", scratch.NewFolder("echo"), HiddenVerbs.Command(HiddenVerbs.EchoServer, port));
        await backend.WaitForPortAsync(port);
        return new ProxyUnderTest(await peer.StartAsync(scratch, port), Running.On(port, backend));
    }
}

/// <summary>A proxy with the backend behind it.</summary>
internal sealed record ProxyUnderTest(Running Proxy, Running Backend) : IAsyncDisposable
{
    public IPEndPoint EndPoint => Proxy.EndPoint;

    /// <inheritdoc cref="Running.TlsEndPoint"/>
    public IPEndPoint TlsEndPoint => Proxy.TlsEndPoint;

    public double CpuSeconds() => Proxy.CpuSeconds();

    public long ResidentBytes() => Proxy.ResidentBytes();

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await Backend.DisposeAsync();
    }
}

/// <summary>Nothing in between: what the load generator and the echo server can do.</summary>
internal sealed class NoProxy : IProxyPeer
{
    public string Name => "no proxy";

    public string? Absence => null;

    public Task<Running> StartAsync(Scratch scratch, int backend) => Task.FromResult(Running.On(backend));
}
