using System.Runtime.InteropServices;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// What all sockets come to: those that are open, summed up when they are asked for, and those that are over. A message costs nothing for it. A
/// socket leaves the table and enters the sum of the past in one step, so no total ever falls. Any thread may call it; a socket that ends does not wait for
/// those who sum up.
/// </summary>
/// <remarks>Two locks, in this order: <see cref="_walk"/> is held by who sums up, <see cref="_gate"/> for one socket or one copy.</remarks>
internal sealed class SocketTotals(SocketTable table)
{
    private readonly Lock _walk = new();
    private readonly Lock _gate = new();

    /// <summary>What has ended since the walk under way began; null while there is none.</summary>
    private List<LiveSocket>? _endedMeanwhile;
    private long _walks;

    /// <summary>By route; as many as there ever were since the start.</summary>
    private readonly Dictionary<string, Traffic> _past = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<CloseLabel, long> _closes = [];
    private readonly Dictionary<CutReason, long> _cuts = [];

    /// <summary>How many ended in which way, since the start.</summary>
    public IReadOnlyDictionary<CloseLabel, long> Closes => Copy(_closes);

    /// <summary>How many were cut for which reason, since the start.</summary>
    public IReadOnlyDictionary<CutReason, long> Cuts => Copy(_cuts);

    /// <summary>Takes a socket that is over out of the table.</summary>
    public void End(LiveSocket socket)
    {
        lock (_gate)
        {
            table.Remove(socket);
            CollectionsMarshal.GetValueRefOrAddDefault(_past, socket.Origin.Route, out _) += Traffic.Of(socket);
            _endedMeanwhile?.Add(socket);
            CollectionsMarshal.GetValueRefOrAddDefault(_closes, CloseLabel.Of(socket), out _)++;
            if (socket.CutFor is { } reason)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(_cuts, reason, out _)++;
            }
        }
    }

    /// <summary>What has passed since the start, by route.</summary>
    public IReadOnlyDictionary<string, Traffic> TrafficByRoute()
    {
        lock (_walk)
        {
            // 1. The past, as of now.
            var walk = ++_walks;
            Dictionary<string, Traffic> sums;
            lock (_gate)
            {
                sums = new Dictionary<string, Traffic>(_past, _past.Comparer);
                _endedMeanwhile = [];
            }

            // 2. What is open: of the sockets that end meanwhile, some are still seen and some not any more.
            foreach (var socket in table.All)
            {
                Add(socket);
            }

            // 3. Those that were not.
            List<LiveSocket> ended;
            lock (_gate)
            {
                (ended, _endedMeanwhile) = (_endedMeanwhile, null);
            }

            foreach (var socket in ended.Where(socket => socket.CountedBy != walk))
            {
                Add(socket);
            }

            return sums;

            void Add(LiveSocket socket)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(sums, socket.Origin.Route, out _) += Traffic.Of(socket);
                socket.CountedBy = walk;
            }
        }
    }

    private Dictionary<TKey, long> Copy<TKey>(Dictionary<TKey, long> counts)
        where TKey : notnull
    {
        lock (_gate)
        {
            return new Dictionary<TKey, long>(counts);
        }
    }
}
