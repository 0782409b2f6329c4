using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace YarpWs.Platform.Transport;

/// <summary>Accepts connections, and gives each to the next loop. Those for which too few descriptors are left are closed at once (<see cref="Descriptors"/>).</summary>
internal sealed class LoopListener(Socket socket, EventLoops loops, Descriptors descriptors, TimeProvider time, ILogger logger) : IConnectionListener
{
    /// <summary>While the system has no room for one more connection: soon enough for those that wait, rarely enough to cost nothing.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Without a refusal for so long, the next one is the first of others.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private bool _isFull;
    private long _refused;
    private long _refusedAt;

    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    /// <summary>The next connection; null when nobody listens any more.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var client = await socket.AcceptAsync(cancellationToken);
                if (!descriptors.HaveRoomForClient(client))
                {
                    Refuse(client);
                    continue;
                }

                TellEndOfRefusals();
                var connection = Take(client);
                _isFull = false;
                return connection;
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null;
            }
            catch (Exception exception) when (HasNoRoom(exception))
            {
                await WaitForRoomAsync(exception, cancellationToken);
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

    /// <summary>By a reset, so that nothing of it stays in the system. Many may come: only the first one is told of.</summary>
    private void Refuse(Socket client)
    {
        client.Close(timeout: 0);
        _refusedAt = time.GetTimestamp();
        if (_refused++ == 0)
        {
            logger.ClientsRefused(EndPoint, descriptors.ForClients, descriptors.Limit);
        }
    }

    private void TellEndOfRefusals()
    {
        if (_refused > 0 && time.GetElapsedTime(_refusedAt) > Quiet)
        {
            logger.ClientsNotRefusedAnyMore(EndPoint, _refused);
            _refused = 0;
        }
    }

    /// <summary>Whatever fails here fails for this client alone, and leaves nothing open of it.</summary>
    private LoopConnection Take(Socket client)
    {
        try
        {
            if (client.AddressFamily != AddressFamily.Unix)
            {
                client.NoDelay = true;
            }

            client.Blocking = false;
            return new LoopConnection(new LoopSocket(client, loops.Next()), logger);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private static bool HasNoRoom(Exception exception) =>
        exception is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable } or (Win32Exception and not SocketException);

    /// <summary>Says so once, however long it lasts.</summary>
    private Task WaitForRoomAsync(Exception exception, CancellationToken cancellation)
    {
        if (!_isFull)
        {
            _isFull = true;
            logger.NoRoomToAccept(EndPoint, exception.Message);
        }

        return Task.Delay(Pause, time, cancellation);
    }
}
