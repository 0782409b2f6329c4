using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>
/// Where connections to one destination that no request has are kept, one shelf for each event loop: who takes one there goes on in the loop that it is in. The last
/// that was kept is the first that is taken, so that those which are too many grow old. Any thread may call it.
/// </summary>
internal sealed class ConnectionShelf(EventLoop loop, KeptConnections all)
{
    private readonly Lock _gate = new();
    private readonly List<DestinationConnection> _kept = [];
    private bool _isClosed;

    /// <summary>Watches its connections.</summary>
    public EventLoop Loop => loop;

    /// <summary>One that can be used; null when there is none.</summary>
    /// <param name="asksSystem">Whether it must be known that the destination has not ended it by now.</param>
    public DestinationConnection? Take(bool asksSystem)
    {
        while (TakeLast() is { } connection)
        {
            all.Metrics.Taken();
            if (!all.IsTooOld(connection) && connection.IsUsable(asksSystem))
            {
                connection.WasKept = true;
                return connection;
            }

            connection.Close();
        }

        return null;
    }

    /// <summary>A connection that the caller has made.</summary>
    public DestinationConnection Add(LoopSocket socket)
    {
        all.Metrics.Opened();
        return new DestinationConnection(socket, this, all.MaxHeadBytes, all.Time);
    }

    /// <summary>Keeps one that no request has any more, or closes it where it is too old or one too many.</summary>
    public void Keep(DestinationConnection connection)
    {
        connection.KeptAt = all.Time.GetTimestamp();
        if (!all.HasLivedOut(connection, connection.KeptAt) && connection.IsUsable(asksSystem: false) && TryAdd(connection))
        {
            all.BeginSweeping();

            // The loop may have seen its end meanwhile, and found it not here.
            if (!connection.IsUsable(asksSystem: false))
            {
                Drop(connection);
            }
        }
        else
        {
            connection.Close();
        }
    }

    /// <summary>Closes one if it is kept; that of a request is the request's to close.</summary>
    public void Drop(DestinationConnection connection)
    {
        bool isKept;
        lock (_gate)
        {
            isKept = _kept.Remove(connection);
        }

        if (isKept)
        {
            all.Metrics.Taken();
            connection.Close();
        }
    }

    public void Closed(DestinationConnection connection) => all.Metrics.Closed();

    /// <summary>Closes those that have been kept for too long. Returns whether some are left.</summary>
    public bool Sweep()
    {
        List<DestinationConnection> old;
        bool isAnyLeft;
        lock (_gate)
        {
            old = _kept.FindAll(all.IsTooOld);
            old.ForEach(connection => _kept.Remove(connection));
            isAnyLeft = _kept.Count > 0;
        }

        foreach (var connection in old)
        {
            all.Metrics.Taken();
            connection.Close();
        }

        return isAnyLeft;
    }

    /// <summary>Closes all of them, and keeps none from now on.</summary>
    public void Close()
    {
        List<DestinationConnection> kept;
        lock (_gate)
        {
            _isClosed = true;
            kept = [.. _kept];
            _kept.Clear();
        }

        foreach (var connection in kept)
        {
            all.Metrics.Taken();
            connection.Close();
        }
    }

    private DestinationConnection? TakeLast()
    {
        lock (_gate)
        {
            if (_kept.Count == 0)
            {
                return null;
            }

            var last = _kept[^1];
            _kept.RemoveAt(_kept.Count - 1);
            return last;
        }
    }

    private bool TryAdd(DestinationConnection connection)
    {
        lock (_gate)
        {
            if (_isClosed || _kept.Count >= KeptConnections.MostOnAShelf)
            {
                return false;
            }

            // Told under the gate, so that who takes it tells later.
            all.Metrics.Kept();
            _kept.Add(connection);
            return true;
        }
    }
}
