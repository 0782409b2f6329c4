using System.Collections.Concurrent;
using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Streams;

/// <summary>
/// What this node knows of the positions that Redis has given, so that it can tell a Redis that has forgotten some. Names come from clients and
/// pushers, so both tables are bounded; a full one begins anew: what is then unknown here, Redis and the other nodes still know. Any thread.
/// </summary>
internal sealed class SeenPositions
{
    /// <summary>Some 200 bytes each.</summary>
    private const int MaxHubs = 4_096;

    /// <summary>Some 200 bytes each.</summary>
    private const int MaxGroups = 32_768;

    private readonly ConcurrentDictionary<HubName, HubClock> _hubs = new();
    private readonly ConcurrentDictionary<GroupKey, GroupClock> _groups = new();
    private int _hubCount;
    private int _groupCount;

    public HubClock Hub(HubName hub) => GetOrAdd(_hubs, hub, ref _hubCount, MaxHubs);

    public GroupClock Group(GroupKey group) => GetOrAdd(_groups, group, ref _groupCount, MaxGroups);

    /// <summary>The groups of which this node knows a message, with the newest.</summary>
    public IEnumerable<(GroupKey Group, long Newest)> Groups =>
        _groups.Select(pair => (pair.Key, pair.Value.Newest)).Where(known => known.Newest > 0);

    private static TClock GetOrAdd<TKey, TClock>(ConcurrentDictionary<TKey, TClock> clocks, TKey key, ref int count, int most)
        where TKey : notnull
        where TClock : new()
    {
        if (clocks.TryGetValue(key, out var clock))
        {
            return clock;
        }

        // Counted beside the table, whose own count takes all of its locks.
        if (Interlocked.Increment(ref count) > most)
        {
            clocks.Clear();
            Volatile.Write(ref count, 1);
        }

        return clocks.GetOrAdd(key, static _ => new TClock());
    }
}
