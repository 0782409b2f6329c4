using System.Net;
using System.Net.Sockets;
using Yarp.ReverseProxy.Forwarder;
using YarpWs.Gateway.Telemetry;
using YarpWs.Transport;

namespace YarpWs.Gateway.Forwarding;

/// <summary>The proxy's clients, which connect to destinations with this process's loops where those are supported.</summary>
internal sealed class DestinationClients(EventLoops loops, TraceContext trace, ILogger<ForwarderHttpClientFactory> logger) : ForwarderHttpClientFactory(logger)
{
    /// <summary>Whether the connection of an answer is one of this process's loops, with nothing in between: neither TLS nor the streams of HTTP/2.</summary>
    public static bool AreDirect(HttpResponseMessage answer) => EventLoops.AreSupported
        && answer.Version < HttpVersion.Version20 && answer.RequestMessage?.RequestUri?.Scheme == Uri.UriSchemeHttp;

    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        trace.Configure(handler);
        if (EventLoops.AreSupported)
        {
            handler.ConnectCallback = ConnectAsync;
        }
    }

    /// <summary>Tries the addresses of the destination's host one after the other, as <see cref="SocketsHttpHandler"/> does itself.</summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var host = context.DnsEndPoint.Host;
        IPAddress[] addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellation);
        for (var i = 0; ; i++)
        {
            try
            {
                return new LoopStream(await LoopSocket.ConnectAsync(new IPEndPoint(addresses[i], context.DnsEndPoint.Port), loops.Next(), cancellation));
            }
            catch (SocketException) when (i + 1 < addresses.Length)
            {
                // Perhaps the next address is reached.
            }
        }
    }
}
