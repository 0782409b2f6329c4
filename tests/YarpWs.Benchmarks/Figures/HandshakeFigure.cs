using YarpWs.Benchmarks.Hosted;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>What a WebSocket costs that comes with a token and leaves again.</summary>
internal static class HandshakeFigure
{
    private const int UnderWay = 32;
    private const int Users = 1000;

    public static Figure Instance { get; } = new()
    {
        Name = "handshake",
        Title = $"CPU time of the proxy for a WebSocket from its handshake to its close, {UnderWay} at a time; the gateway and nginx with auth_request check a token of {Users:N0} users",
        Unit = "µs/socket",
        Ours = "gateway",
        Targets = [new Target("nginx", 2.0), new Target(NginxAuthPeer.PeerName, 1.0)],
        Contenders = bench => ProxyPeers.Contenders([.. ProxyPeers.All, new NginxAuthPeer()], bench, proxy => new Run(proxy, bench.Scale)),
    };

    /// <summary>With TLS, whose session is new.</summary>
    public static Figure Tls { get; } = WithTls("handshake-tls", "a new session", resumes: false, new Target("nginx", 1.3)) with { IsLikeAnother = true };

    /// <summary>With TLS, whose session is one of before.</summary>
    public static Figure TlsResumed { get; } = WithTls("handshake-tls-resumed", "a session of before", resumes: true);

    /// <summary>The same by a cookie, which another service knows.</summary>
    public static Figure Checked { get; } = new()
    {
        Name = "handshake-check",
        Title = $"CPU time of the proxy and of the service that it asks about a cookie, for a WebSocket from its handshake to its close, {UnderWay} at a time, of {Users:N0} users",
        Unit = "µs/socket",
        Ours = GatewayCheckPeer.PeerName,
        Targets = [new Target(NginxAuthPeer.PeerName, 0.8)],

        // Beside another build, the two are the plain gateway, which asks nobody.
        Contenders = bench => ProxyPeers.Contenders(
            [new GatewayCheckPeer(), new NginxAuthPeer()], bench, proxy => bench.Before is null ? new Run(proxy, bench.Scale, $"Cookie: {TokenChecker.Cookie}=") : new Run(proxy, bench.Scale)),
    };

    private static Figure WithTls(string name, string session, bool resumes, params Target[] targets) => new()
    {
        Name = name,
        Title = $"CPU time of the proxy for a WebSocket over TLS with {session}, from its handshakes to its close, {UnderWay} at a time; the gateway checks a token of {Users:N0} users",
        Unit = "µs/socket",
        Ours = "gateway",
        Targets = targets,
        Contenders = bench => ProxyPeers.Contenders(
            ProxyPeers.All, bench, proxy => new Run(proxy, bench.Scale, tls: ServerCertificate.NewClient(bench.Scratch, resumes: resumes))),
    };

    private sealed class Run(ProxyUnderTest proxy, Scale scale, string credential = "Authorization: Bearer ", TlsClient? tls = null) : IRun
    {
        private readonly HandshakeLoad _load = new(
            tls is null ? proxy.EndPoint : proxy.TlsEndPoint,
            scale.Count(UnderWay, 4),
            [.. Enumerable.Range(0, Users).Select(user => Requests.Handshake(proxy.EndPoint, "/ws/echo", $"{credential}{Tokens.For($"user{user}")}"))],
            tls);

        public Task WarmUpAsync()
        {
            WarmUp.Run(scale, proxy.Proxy, time => _load.RunFor(time));
            return Task.CompletedTask;
        }

        public Task<Measurement> MeasureAsync()
        {
            var (connected, resumed) = (tls?.Connected, tls?.Resumed);
            var measurement = CpuCost.Measure(proxy.CpuSeconds, "sockets", () => _load.RunFor(scale.Round));
            return Task.FromResult(tls is null
                ? measurement
                : measurement with { Beside = [.. measurement.Beside, ("resumed %", 100.0 * (tls.Resumed - resumed!.Value) / (tls.Connected - connected!.Value))] });
        }

        public async ValueTask DisposeAsync()
        {
            _load.Dispose();
            tls?.Dispose();
            await proxy.DisposeAsync();
        }
    }
}
