using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace YarpWs.Gateway.Transport;

/// <summary>Accepts connections, and gives each to the next loop.</summary>
internal sealed class LoopListener(Socket socket, EventLoops loops) : IConnectionListener
{
    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    /// <summary>The next connection; null when nobody listens any more.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var client = await socket.AcceptAsync(cancellationToken);
                client.NoDelay = true;
                client.Blocking = false;
                return new LoopConnection(new LoopSocket(client, loops.Next()));
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.OperationAborted)
            {
                return null;
            }
            catch (SocketException)
            {
                // This client has left before it was accepted; the next one has not.
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => UnbindAsync();
}
