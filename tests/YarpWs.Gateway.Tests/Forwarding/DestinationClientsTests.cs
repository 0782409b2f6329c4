using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using YarpWs.Gateway.Forwarding;
using YarpWs.Gateway.Forwarding.Http1;
using YarpWs.Gateway.Telemetry;
using YarpWs.Gateway.Tests.Handshakes;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Tests.Forwarding;

public sealed class DestinationClientsTests : IDisposable
{
    private readonly EventLoops _loops = new(1, TimeProvider.System);
    private readonly ClientMetrics _metrics = new();

    public void Dispose()
    {
        _loops.Dispose();
        _metrics.Dispose();
    }

    public static TheoryData<HttpClientConfig, bool, bool> Clusters => new()
    {
        { HttpClientConfig.Empty, false, true },
        { new HttpClientConfig { DangerousAcceptAnyServerCertificate = true, EnableMultipleHttp2Connections = false }, false, true },
        { new HttpClientConfig { MaxConnectionsPerServer = 5 }, false, false },
        { new HttpClientConfig { RequestHeaderEncoding = "utf-8", ResponseHeaderEncoding = "utf-8" }, false, true },
        { HttpClientConfig.Empty, true, false },
    };

    /// <summary>Traces are told by the platform's client, which makes a span of each of its requests.</summary>
    [Theory]
    [MemberData(nameof(Clusters))]
    public async Task Handshake_GoesByItself_UnlessTheClusterOrATraceNeedsThePlatformsClient(HttpClientConfig config, bool isRecorded, bool goesByItself)
    {
        var clients = Clients(isRecorded);
        using var client = clients.CreateClient(new ForwarderHttpClientContext { ClusterId = "backend", NewConfig = config });
        using var destination = new RawDestination();
        using var request = destination.Handshake();
        var sent = client.SendAsync(request, Deadline.Token());
        using var asked = await destination.AcceptAsync();
        await asked.AnswerAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");

        using var answer = await sent;
        Assert.Equal(goesByItself, await answer.Content.ReadAsStreamAsync(Deadline.Token()) is LoopStream);
    }

    [Fact]
    public async Task Handshake_OfAClusterBehindAProxy_GoesThroughIt()
    {
        var clients = Clients(isRecorded: false);
        using var proxy = new RawDestination();
        var config = new HttpClientConfig { WebProxy = new WebProxyConfig { Address = new Uri($"http://127.0.0.1:{proxy.Port}") } };
        using var client = clients.CreateClient(new ForwarderHttpClientContext { ClusterId = "backend", NewConfig = config });
        using var request = RawDestination.HandshakeTo("http://chat.example/ws");
        var sent = client.SendAsync(request, Deadline.Token());
        using var asked = await proxy.AcceptAsync();
        await asked.AnswerAsync("HTTP/1.1 204 No Content\r\n\r\n");

        using var answer = await sent;
        Assert.StartsWith("GET http://chat.example/ws HTTP/1.1\r\n", asked.Head, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Clusters))]
    public void PlainRequest_IsCarried_UnlessTheClusterOrATraceNeedsThePlatformsClient(HttpClientConfig config, bool isRecorded, bool isCarried)
    {
        var clients = Clients(isRecorded);
        using var client = Create(clients, new ForwarderHttpClientContext { ClusterId = "backend", NewConfig = config });

        Assert.Equal(isCarried, clients.KeptOf(client) is not null);
    }

    [Theory]
    [InlineData("Connections.PlatformClient", "true")]
    [InlineData("Connections.ProxyProtocol", "V2")]
    public void PlainRequest_IsNotCarried_WhereTheClusterSaysSo(string key, string value)
    {
        var clients = Clients(isRecorded: false);
        using var client = Create(clients, new ForwarderHttpClientContext { ClusterId = "backend", NewConfig = HttpClientConfig.Empty, NewMetadata = new Dictionary<string, string> { [key] = value } });

        Assert.Null(clients.KeptOf(client));
    }

    /// <summary>A change of other settings costs no connections.</summary>
    [Fact]
    public void KeptConnections_StayWithTheClient_AsLongAsItsSettingsDo()
    {
        var clients = Clients(isRecorded: false);
        var first = new ForwarderHttpClientContext { ClusterId = "backend", NewConfig = HttpClientConfig.Empty };
        using var client = Create(clients, first);
        var kept = clients.KeptOf(client);

        using var same = Create(clients, new ForwarderHttpClientContext { ClusterId = "backend", OldConfig = first.NewConfig, OldClient = client, NewConfig = HttpClientConfig.Empty });
        using var other = Create(clients, new ForwarderHttpClientContext
        {
            ClusterId = "backend",
            OldConfig = first.NewConfig,
            OldClient = client,
            NewConfig = HttpClientConfig.Empty,
            NewMetadata = new Dictionary<string, string> { ["Connections.FirstByteTimeout"] = "00:00:01" },
        });

        Assert.Same(kept, clients.KeptOf(same));
        Assert.NotSame(kept, clients.KeptOf(other));
    }

    private DestinationClients Clients(bool isRecorded) => new(
        _loops, new Descriptors(), Names.OfSystem, new TraceContext(isRecorded), Options.Create(new ForwardingOptions()), _metrics, TimeProvider.System, NullLogger<ForwarderHttpClientFactory>.Instance);

    private static HttpMessageInvoker Create(IForwarderHttpClientFactory clients, ForwarderHttpClientContext context) => clients.CreateClient(context);
}
