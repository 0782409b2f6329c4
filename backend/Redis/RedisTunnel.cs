using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using RESPite.Transports;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;
using YarpWs.Platform.Transport;

namespace YarpWs.Backend.Redis;

/// <summary>
/// Has the library's connections wait in this process's loops, where those are supported. By itself it wakes a thread of the pool for whatever it sends, and
/// another for whatever it hears. TLS and addresses that are no Internet's go the library's own way.
/// </summary>
/// <param name="loops">Take the connections.</param>
/// <param name="settings">The library's.</param>
[Experimental("SER009")]
internal sealed class RedisTunnel(EventLoops loops, ConfigurationOptions settings) : Tunnel
{
    /// <inheritdoc/>
    /// <exception cref="SocketException">There is no such host, or nobody answers there.</exception>
    /// <exception cref="OperationCanceledException">It took longer than <see cref="ConfigurationOptions.ConnectTimeout"/>.</exception>
    public override async ValueTask<DuplexTransport?> ConnectTransportAsync(
        EndPoint endpoint, ConnectionType connectionType, TlsOptions tls, CancellationToken cancellationToken)
    {
        var (host, port) = endpoint switch
        {
            IPEndPoint address => (address.Address.ToString(), address.Port),
            DnsEndPoint name => (name.Host, name.Port),
            _ => default,
        };
        if (!EventLoops.AreSupported || tls.IsEnabled || host is null)
        {
            return null;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(settings.ConnectTimeout);
        var socket = await HostAddress.ConnectAsync(host, port, loops.Next(), descriptors: null, deadline.Token);
        try
        {
            socket.Socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, settings.TcpKeepAlive);
            return new RedisTransport(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
