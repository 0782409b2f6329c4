using System.Collections.Concurrent;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>The connections of one cluster's client that no request has, by destination and event loop. Any thread may call it.</summary>
/// <param name="loops">Watch the connections.</param>
/// <param name="lifetime">How old one may become before it is used no more.</param>
/// <param name="idleTime">How long one is kept without a request.</param>
/// <param name="firstByteTimeout">How long a destination may take to begin an answer.</param>
/// <param name="maxHeadBytes">Most bytes that the head of an answer may have, and its trailers.</param>
/// <param name="connector">Makes them.</param>
/// <param name="descriptors">Say whether one more may be opened.</param>
/// <param name="metrics">Counts them.</param>
/// <param name="time">Measures all of that.</param>
internal sealed class KeptConnections(
    EventLoops loops, TimeSpan lifetime, TimeSpan idleTime, TimeSpan firstByteTimeout, int maxHeadBytes, DestinationConnector connector, Descriptors descriptors, ClientMetrics metrics,
    TimeProvider time)
{
    /// <summary>For each loop and destination. What is beyond was needed for a moment, and a destination may have few to give.</summary>
    public const int MostOnAShelf = 256;

    private readonly ConcurrentDictionary<string, PlainDestination> _destinations = new();
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private volatile bool _isSweeping;

    public TimeSpan FirstByteTimeout => firstByteTimeout;

    public int MaxHeadBytes => maxHeadBytes;

    public ClientMetrics Metrics => metrics;

    public TimeProvider Time => time;

    /// <summary>Twice in the shorter of both times, and not more than once a second.</summary>
    private TimeSpan Interval => TimeSpan.FromSeconds(Math.Max(1, Math.Min(lifetime.TotalSeconds, idleTime.TotalSeconds) / 2));

    /// <summary>A destination by its address in the configuration; null for one that is not spoken to over plain HTTP.</summary>
    public PlainDestination? Find(string address) => _destinations.TryGetValue(address, out var known) ? known
        : PlainDestination.Parse(address, loops, this) is { } found ? _destinations.GetOrAdd(address, found) : null;

    /// <summary>
    /// One that can be used; null when there is none. Who is in a loop gets one of that loop, or one of another that goes over to it; to anyone else all loops are
    /// the same.
    /// </summary>
    /// <param name="destination">Where it leads.</param>
    /// <param name="asksSystem">Whether it must be known that the destination has not ended it by now.</param>
    /// <param name="shelf">Where it came from, or where one that is made now belongs.</param>
    public DestinationConnection? Take(PlainDestination destination, bool asksSystem, out ConnectionShelf shelf)
    {
        var shelves = destination.Shelves;
        var isHere = false;
        shelf = shelves[0];
        foreach (var each in shelves)
        {
            if (each.Loop == EventLoop.Current)
            {
                (shelf, isHere) = (each, true);
            }
        }

        if (isHere && shelf.Take(asksSystem) is { } own)
        {
            return own;
        }

        foreach (var each in shelves)
        {
            if (each.Take(asksSystem) is { } other && (!isHere || other.TryMoveTo(shelf)))
            {
                return other;
            }
        }

        if (!isHere)
        {
            var next = loops.Next();
            shelf = Array.Find(shelves, each => each.Loop == next)!;
        }

        return null;
    }

    /// <summary>A new one.</summary>
    /// <inheritdoc cref="DestinationConnector.ConnectAsync"/>
    public async Task<DestinationConnection> ConnectAsync(PlainDestination destination, ConnectionShelf shelf, CancellationToken cancellation) =>
        shelf.Add(await connector.ConnectAsync(destination.Uri, shelf.Loop, descriptors, cancellation));

    /// <summary>Whether one is too old to be used or kept, at a time of this clock.</summary>
    public bool HasLivedOut(DestinationConnection connection, long now) => time.GetElapsedTime(connection.OpenedAt, now) >= lifetime;

    /// <summary>Whether one that is kept has been for too long.</summary>
    public bool IsTooOld(DestinationConnection connection)
    {
        var now = time.GetTimestamp();
        return HasLivedOut(connection, now) || time.GetElapsedTime(connection.KeptAt, now) >= idleTime;
    }

    /// <summary>One is kept now, which will grow old.</summary>
    public void BeginSweeping()
    {
        if (_isSweeping)
        {
            return;
        }

        lock (_gate)
        {
            if (!_isSweeping)
            {
                _isSweeping = true;
                SetTimer();
            }
        }
    }

    private void SetTimer()
    {
        // Without one it holds nothing: a client whose cluster is configured anew is left to itself, and is gone when its connections are.
        _timer ??= time.CreateTimer(static kept => ((KeptConnections)kept!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(Interval, Timeout.InfiniteTimeSpan);
    }

    private void Sweep()
    {
        // What is kept from now on begins anew.
        _isSweeping = false;
        var isAnyLeft = false;
        foreach (var (address, destination) in _destinations)
        {
            var isEmpty = true;
            foreach (var shelf in destination.Shelves)
            {
                isEmpty &= !shelf.Sweep();
            }

            isAnyLeft |= !isEmpty;
            if (isEmpty && _destinations.TryRemove(KeyValuePair.Create(address, destination)))
            {
                // Destinations come and go with the configuration. One that is still asked has other shelves with its next request.
                Array.ForEach(destination.Shelves, shelf => shelf.Close());
            }
        }

        if (isAnyLeft)
        {
            BeginSweeping();
        }
    }
}
