using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace YarpWs.Platform.Transport;

/// <summary>Has Kestrel listen with this process's loops, for TCP where they are supported; the rest, and every <see cref="PooledEndPoint"/>, stays with its own transport.</summary>
internal sealed class LoopTransport(EventLoops loops, Descriptors descriptors, TimeProvider time, ILogger<LoopTransport> logger) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>Connections that may wait to be accepted: all clients of a gateway that went away may come at once. The system's own bound holds as well.</summary>
    private const int Backlog = 4096;

    public bool CanBind(EndPoint endpoint) => EventLoops.AreSupported && endpoint is IPEndPoint and not PooledEndPoint;

    /// <exception cref="AddressInUseException">Another process listens there.</exception>
    /// <exception cref="SocketException">The address cannot be had.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket? socket = null;
        try
        {
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.Listen(Backlog);
            return ValueTask.FromResult<IConnectionListener>(new LoopListener(socket, loops, descriptors, time, logger));
        }
        catch (SocketException exception)
        {
            socket?.Dispose();
            throw exception.SocketErrorCode == SocketError.AddressAlreadyInUse ? new AddressInUseException(exception.Message, exception) : exception;
        }
    }
}
