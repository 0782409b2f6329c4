using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using RESPite.Transports;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Redis;

/// <summary>
/// Has the library's connections wait in this process's loops, where those are supported. By itself it wakes a thread of the pool for whatever it sends, and
/// another for whatever it hears. TLS and addresses that are no Internet's go the library's own way. With Sentinels, whatever the library connects to is
/// the master, and its connections to a server that is the master no more are ended, so that it comes back to the one that is.
/// </summary>
/// <param name="loops">Take the connections.</param>
/// <param name="settings">The library's.</param>
/// <param name="master">Where to connect to; null without Sentinels: where the library wants to.</param>
[Experimental("SER009")]
internal sealed class RedisTunnel(EventLoops loops, ConfigurationOptions settings, RedisMaster? master) : Tunnel
{
    private readonly Lock _lock = new();
    private readonly List<(EndPoint Server, WeakReference<IDisposable> Connection)> _connections = [];

    /// <inheritdoc/>
    /// <exception cref="SocketException">There is no such host, nobody answers there, or it is the master no more.</exception>
    /// <exception cref="OperationCanceledException">It took longer than <see cref="ConfigurationOptions.ConnectTimeout"/>.</exception>
    public override async ValueTask<DuplexTransport?> ConnectTransportAsync(
        EndPoint endpoint, ConnectionType connectionType, TlsOptions tls, CancellationToken cancellationToken)
    {
        if (!EventLoops.AreSupported || tls.IsEnabled)
        {
            return null;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(settings.ConnectTimeout);
        var server = master is null ? endpoint : await master.FindAsync(deadline.Token);
        var (host, port) = server switch
        {
            IPEndPoint address => (address.Address.ToString(), address.Port),
            DnsEndPoint name => (name.Host, name.Port),
            _ => default,
        };
        if (host is null)
        {
            return null;
        }

        var socket = await HostAddress.ConnectAsync(host, port, loops.Next(), descriptors: null, deadline.Token);
        try
        {
            socket.Socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, settings.TcpKeepAlive);
            Keep(server, socket);
            if (master is not null && !server.Equals(master.Current))
            {
                // Replaced since it was found, and the others were left before this one was kept.
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            return new RedisTransport(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<EndPoint?> GetSocketConnectEndpointAsync(EndPoint endpoint, CancellationToken cancellationToken) =>
        master is null ? endpoint : await master.FindAsync(cancellationToken);

    /// <inheritdoc/>
    public override ValueTask BeforeSocketConnectAsync(EndPoint endPoint, ConnectionType connectionType, Socket? socket, CancellationToken cancellationToken)
    {
        if (socket is not null && master?.Current is { } server)
        {
            Keep(server, socket);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Ends the connections to every server that is not the master. Any thread may call it.</summary>
    public void LeaveOthers()
    {
        IDisposable[] left;
        lock (_lock)
        {
            left = [.. _connections.Where(kept => !kept.Server.Equals(master?.Current)).Select(kept => kept.Connection.TryGetTarget(out var connection) ? connection : null).OfType<IDisposable>()];
            _connections.RemoveAll(kept => !kept.Server.Equals(master?.Current));
        }

        foreach (var connection in left)
        {
            connection.Dispose();
        }
    }

    private void Keep(EndPoint server, IDisposable connection)
    {
        if (master is null)
        {
            return;
        }

        lock (_lock)
        {
            _connections.RemoveAll(kept => !kept.Connection.TryGetTarget(out _));
            _connections.Add((server, new WeakReference<IDisposable>(connection)));
        }
    }
}
