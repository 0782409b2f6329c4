using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace YarpWs.Gateway.Requests;

/// <summary>
/// The clients' connections that are open on the public listeners, so that all can be asked to end when the gateway stops. One of HTTP/2 is told so at once (GOAWAY, RFC 9113,
/// section 6.8) and its streams go on; one of HTTP/1.1 is closed at once when it carries no request, and else behind its answer, which says so. Any thread may call it.
/// </summary>
internal sealed class ClientConnections
{
    private readonly ConcurrentDictionary<ClientConnection, bool> _open = new();
    private volatile bool _areEnding;
    private long _accepted;

    /// <summary>How many are open.</summary>
    public int Open => _open.Count;

    /// <summary>How many there have been since the start.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>Serves a connection, which counts as open meanwhile.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var client = new ClientConnection(connection);
        connection.Features.Set(client);
        _open.TryAdd(client, true);
        Interlocked.Increment(ref _accepted);
        try
        {
            if (_areEnding)
            {
                client.AskToEnd();
            }

            await next(connection);
        }
        finally
        {
            _open.TryRemove(client, out _);
        }
    }

    /// <summary>Asks all of them, and each that was on its way.</summary>
    public void AskToEnd()
    {
        _areEnding = true;
        foreach (var (client, _) in _open)
        {
            client.AskToEnd();
        }
    }
}

/// <summary>One of them, a feature of its requests.</summary>
internal sealed class ClientConnection(ConnectionContext connection)
{
    private readonly Lock _gate = new();
    private bool _isAsked;
    private bool _isSocket;

    /// <summary>An upgraded connection is not asked: the server would break off the socket's read. Its client is told by a close frame.</summary>
    public void AskToEnd()
    {
        lock (_gate)
        {
            if (!_isSocket)
            {
                _isAsked = true;
                connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
            }
        }
    }

    /// <summary>The connection's one request is a WebSocket from now on. To be called before anything is read from it.</summary>
    public void Upgraded()
    {
        bool isAsked;
        lock (_gate)
        {
            _isSocket = true;
            isAsked = _isAsked;
        }

        if (isAsked && connection.Transport.Input.TryRead(out var read))
        {
            // The server has broken off the next read already; this was it.
            connection.Transport.Input.AdvanceTo(read.Buffer.Start);
        }
    }
}
