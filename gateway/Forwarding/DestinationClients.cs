using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using YarpWs.Gateway.Forwarding.Http1;
using YarpWs.Gateway.Handshakes;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Gateway.Telemetry;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding;

/// <summary>The proxy's clients, which connect to destinations with this process's loops where those are supported.</summary>
internal sealed class DestinationClients(
    EventLoops loops,
    Descriptors descriptors,
    DestinationNames names,
    TraceContext trace,
    IOptions<ForwardingOptions> options,
    ClientMetrics metrics,
    TimeProvider time,
    ILogger<ForwarderHttpClientFactory> logger)
    : ForwarderHttpClientFactory(logger), IForwarderHttpClientFactory
{
    /// <summary>How long a connection is kept without a request: as the platform's client has it.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(1);

    private readonly ConditionalWeakTable<HttpMessageInvoker, KeptConnections> _kept = [];

    /// <summary>The connections by which <see cref="Carrier"/> asks the destinations of a client; null where that is to ask for itself.</summary>
    public KeptConnections? KeptOf(HttpMessageInvoker client) => _kept.TryGetValue(client, out var kept) ? kept : null;

    HttpMessageInvoker IForwarderHttpClientFactory.CreateClient(ForwarderHttpClientContext context)
    {
        var client = CreateClient(context);
        if (!ReferenceEquals(client, context.OldClient) && MakeKept(context) is { } kept)
        {
            _kept.Add(client, kept);
        }

        return client;
    }

    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        trace.Configure(handler);

        // Headers go through as they came. An encoding that the cluster names does not count: what is opaque has none.
        handler.RequestHeaderEncodingSelector = static (_, _) => HeaderText.Encoding;
        handler.ResponseHeaderEncodingSelector = static (_, _) => HeaderText.Encoding;
        handler.MaxResponseHeadersLength = (options.Value.MaxResponseHeadersBytes + 1023) / 1024;

        // Many clients' answers share a connection to a destination that speaks HTTP/2, and its window is the platform's 64 MiB: enough for 200 that nobody reads.
        handler.InitialHttp2StreamWindowSize = Http2Windows.DefaultStreamBytes;

        // A connection that is kept for ever keeps its address for ever.
        var connections = DestinationConnectionOptions.Read(context.ClusterId, context.NewMetadata);
        handler.ConnectTimeout = connections.ConnectTimeout;
        handler.PooledConnectionLifetime = connections.NameLifetime;
        if (EventLoops.AreSupported)
        {
            handler.ConnectCallback = async (destination, cancellation) =>
                new LoopStream(await names.ConnectAsync(
                    destination.DnsEndPoint.Host, destination.DnsEndPoint.Port, connections, loops.Next(), BoundOf(destination), cancellation));
        }
    }

    protected override bool CanReuseOldClient(ForwarderHttpClientContext context) => base.CanReuseOldClient(context)
        && DestinationConnectionOptions.Read(context.ClusterId, context.OldMetadata) == DestinationConnectionOptions.Read(context.ClusterId, context.NewMetadata);

    /// <summary>Handshakes go by themselves where no more is asked of them than <see cref="HandshakeHandler"/> does: neither a span of each, nor what a cluster may set.</summary>
    protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler)
    {
        var connections = DestinationConnectionOptions.Read(context.ClusterId, context.NewMetadata);
        var isProxied = connections.ProxyProtocol != ProxyProtocolVersion.None;
        var plain = isProxied ? new ProxiedConnections(() => MakeLike(context, handler), connections.ProxyProtocol) : handler;
        var inner = AreOwn(context) && handler is SocketsHttpHandler platform
            ? new HandshakeHandler(platform, loops, descriptors, new DestinationConnector(names, connections), connections.ProxyProtocol, plain)
            : plain;
        return new UploadHandler(
            new FirstByteHandler(new ReplayHandler(inner), connections.FirstByteTimeout, time),
            isProxied ? new ProxiedConnections(() => MakeForUploads(context, handler), connections.ProxyProtocol) : MakeForUploads(context, handler),
            time);
    }

    /// <summary>Null for a cluster whose plain requests all go by the platform's client.</summary>
    private KeptConnections? MakeKept(ForwarderHttpClientContext context)
    {
        var connections = DestinationConnectionOptions.Read(context.ClusterId, context.NewMetadata);
        return AreOwn(context) && connections is { ProxyProtocol: ProxyProtocolVersion.None, PlatformClient: false }
            ? new KeptConnections(
                loops, connections.NameLifetime, IdleTime, connections.FirstByteTimeout, options.Value.MaxResponseHeadersBytes, new DestinationConnector(names, connections), descriptors, metrics, time)
            : null;
    }

    /// <summary>A client like the proxy's own, whose connections are those of <see cref="UploadHandler"/>; so those of requests without a body stay what they are.</summary>
    private SocketsHttpHandler MakeForUploads(ForwarderHttpClientContext context, HttpMessageHandler own)
    {
        var uploads = MakeLike(context, own);
        UploadHandler.Prepare(uploads);
        return uploads;
    }

    private SocketsHttpHandler MakeLike(ForwarderHttpClientContext context, HttpMessageHandler own)
    {
        var made = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ActivityHeadersPropagator = (own as SocketsHttpHandler)?.ActivityHeadersPropagator,
        };
        ConfigureHandler(context, made);
        return made;
    }

    /// <summary>A probe is to find out how the destination is, whatever clients take here.</summary>
    private Descriptors? BoundOf(SocketsHttpConnectionContext connection) => connection.InitialRequestMessage.Options.TryGetValue(Probes.Mark, out _) ? null : descriptors;

    /// <summary>Whether connections of the gateway's own do what is asked of those to a cluster: neither a span of each request, nor what a cluster may set for the platform's.</summary>
    private bool AreOwn(ForwarderHttpClientContext context) => EventLoops.AreSupported && !trace.IsRecorded && IsPlain(context.NewConfig);

    /// <summary>Whether it is neither led through another proxy, nor bounded in its connections. TLS does not matter here.</summary>
    private static bool IsPlain(HttpClientConfig config) => config is { WebProxy: null, MaxConnectionsPerServer: null };
}
