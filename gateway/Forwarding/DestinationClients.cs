using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using YarpWs.Gateway.Handshakes;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Telemetry;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding;

/// <summary>The proxy's clients, which connect to destinations with this process's loops where those are supported.</summary>
internal sealed class DestinationClients(EventLoops loops, Descriptors descriptors, TraceContext trace, IOptions<ForwardingOptions> options, ILogger<ForwarderHttpClientFactory> logger)
    : ForwarderHttpClientFactory(logger)
{
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        trace.Configure(handler);

        // Headers go through as they came. An encoding that the cluster names does not count: what is opaque has none.
        handler.RequestHeaderEncodingSelector = static (_, _) => HeaderText.Encoding;
        handler.ResponseHeaderEncodingSelector = static (_, _) => HeaderText.Encoding;
        handler.MaxResponseHeadersLength = (options.Value.MaxResponseHeadersBytes + 1023) / 1024;
        if (EventLoops.AreSupported)
        {
            handler.ConnectCallback = async (destination, cancellation) =>
                new LoopStream(await HostAddress.ConnectAsync(destination.DnsEndPoint.Host, destination.DnsEndPoint.Port, loops.Next(), BoundOf(destination), cancellation));
        }
    }

    /// <summary>Handshakes go by themselves where no more is asked of them than <see cref="HandshakeHandler"/> does: neither a span of each, nor what a cluster may set.</summary>
    protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler) => new PromptUploads(
        EventLoops.AreSupported && !trace.IsRecorded && IsPlain(context.NewConfig) && handler is SocketsHttpHandler platform
            ? new HandshakeHandler(platform, loops, descriptors, platform.ConnectTimeout)
            : handler);

    /// <summary>A probe is to find out how the destination is, whatever clients take here.</summary>
    private Descriptors? BoundOf(SocketsHttpConnectionContext connection) => connection.InitialRequestMessage.Options.TryGetValue(Probes.Mark, out _) ? null : descriptors;

    /// <summary>Whether it is neither led through another proxy, nor bounded in its connections. TLS does not matter here.</summary>
    private static bool IsPlain(HttpClientConfig config) => config is { WebProxy: null, MaxConnectionsPerServer: null };
}
