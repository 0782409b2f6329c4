using System.Net;
using Yarp.ReverseProxy.Transforms;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// Sends each request over a connection of its own, which begins with the PROXY header of the request's client. A connection that is kept would say the one client's
/// address of another one's request.
/// </summary>
/// <param name="make">Makes the platform's client for one connection.</param>
/// <param name="version">How the header is written.</param>
internal sealed class ProxiedConnections(Func<SocketsHttpHandler> make, ProxyProtocolVersion version) : HttpMessageHandler
{
    /// <summary>Has requests of a route carry the header of their client; for routes of clusters that say so.</summary>
    public static Func<RequestTransformContext, ValueTask> Tell(ProxyProtocolVersion version) => context =>
    {
        var connection = context.HttpContext.Connection;
        var client = context.HttpContext.Features.Get<Client>()?.Address ?? connection.RemoteIpAddress;
        ProxyHeaderOption.Set(context.ProxyRequest, ProxyHeader.Write(
            version,
            client is null ? null : new IPEndPoint(client, PeerNetworks.Plain(connection.RemoteIpAddress)?.Equals(client) == true ? connection.RemotePort : 0),
            connection.LocalIpAddress is { } local ? new IPEndPoint(local, connection.LocalPort) : null));
        return ValueTask.CompletedTask;
    };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var header = ProxyHeaderOption.Of(request, version);
        var handler = make();
        var connect = handler.ConnectCallback!;
        handler.ConnectCallback = async (destination, cancellation) =>
        {
            var connection = await connect(destination, cancellation);
            try
            {
                await connection.WriteAsync(header, cancellation);
                return connection;
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        };

        // Disposed, it keeps no connection; that of the answer ends with the answer.
        using var one = new HttpMessageInvoker(handler);
        return await one.SendAsync(request, cancellationToken);
    }
}
