using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace YarpWs.Backend.Connections;

/// <summary>The connections of this node, bounded in number, and whether it takes any more.</summary>
internal sealed class ConnectionTable(IOptions<ConnectionOptions> options)
{
    private readonly ConcurrentDictionary<Connection, byte> _connections = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private volatile bool _isDraining;

    /// <summary>True once this node is on its way down.</summary>
    public bool IsDraining => _isDraining;

    public IEnumerable<Connection> Connections => _connections.Keys;

    /// <summary>False when the node is full or draining; <see cref="Remove"/> is then not due.</summary>
    public bool TryAdd(Connection connection)
    {
        if (Interlocked.Increment(ref _count) <= options.Value.MaxConnections && !_isDraining)
        {
            _connections.TryAdd(connection, 0);
            if (_isDraining)
            {
                // The drain began in this moment and may have passed the connection over.
                connection.Close(CloseCode.ServiceRestart);
            }

            return true;
        }

        CountDown();
        return false;
    }

    public void Remove(Connection connection)
    {
        _connections.TryRemove(connection, out _);
        CountDown();
    }

    /// <summary>Takes no more connections from now on. The task completes when the last one has ended.</summary>
    public Task DrainAsync()
    {
        // Counts itself, so that the last one out is seen whoever it is.
        Interlocked.Increment(ref _count);
        _isDraining = true;
        CountDown();
        return _empty.Task;
    }

    private void CountDown()
    {
        if (Interlocked.Decrement(ref _count) == 0 && _isDraining)
        {
            _empty.TrySetResult();
        }
    }
}
