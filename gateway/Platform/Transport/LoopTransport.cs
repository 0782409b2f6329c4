using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using YarpWs.Platform.Settings;

namespace YarpWs.Platform.Transport;

/// <summary>
/// Has Kestrel listen with this process's loops where they are supported: for TCP, on Unix sockets, and on what systemd has passed on. The rest, and every
/// <see cref="PooledEndPoint"/>, stays with its own transport.
/// </summary>
internal sealed class LoopTransport(EventLoops loops, Descriptors descriptors, UnixListener files, ActivatedSockets activated, TimeProvider time, ILogger<LoopTransport> logger)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>Kestrel knows nothing of systemd's names; so they stand where the path of a Unix socket would, in a folder in which nobody can make one.</summary>
    private const string ActivatedPrefix = "/proc/systemd/";

    /// <summary>Connections that may wait to be accepted: all clients of a gateway that went away may come at once. The system's own bound holds as well.</summary>
    private const int Backlog = 4096;

    /// <summary>The address under which a socket that systemd has passed on is bound.</summary>
    public static string AddressOf(string scheme, string activatedName) => $"{scheme}://unix:{ActivatedPrefix}{activatedName}";

    public bool CanBind(EndPoint endpoint) => EventLoops.AreSupported && endpoint is UnixDomainSocketEndPoint or (IPEndPoint and not PooledEndPoint);

    /// <exception cref="AddressInUseException">Another process listens there.</exception>
    /// <exception cref="ListenException">The address cannot be had.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket? socket = null;
        try
        {
            if (endpoint is UnixDomainSocketEndPoint unix && unix.ToString().StartsWith(ActivatedPrefix, StringComparison.Ordinal))
            {
                // It listens already.
                socket = activated.Take(unix.ToString()[ActivatedPrefix.Length..]) ?? throw new SocketException((int)SocketError.AddressNotAvailable);
                return ValueTask.FromResult<IConnectionListener>(new LoopListener(socket, loops, descriptors, time, logger));
            }

            socket = endpoint is UnixDomainSocketEndPoint file ? files.Bind(file) : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.Listen(Backlog);
            return ValueTask.FromResult<IConnectionListener>(new LoopListener(socket, loops, descriptors, time, logger));
        }
        catch (SocketException exception)
        {
            socket?.Dispose();
            throw exception.SocketErrorCode == SocketError.AddressAlreadyInUse ? new AddressInUseException(exception.Message, exception) : new ListenException(endpoint, exception);
        }
    }
}
