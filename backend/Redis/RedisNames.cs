using Microsoft.Extensions.Options;
using StackExchange.Redis;
using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Redis;

/// <summary>
/// Every key and channel that this system uses, and nothing else makes a name. All names of a hub share one hash tag, so in a
/// Redis Cluster a hub lives in one slot and its scripts are allowed to touch all of its keys.
/// </summary>
internal sealed class RedisNames(IOptions<RedisOptions> options)
{
    private readonly string _prefix = options.Value.KeyPrefix;

    /// <summary>String: <c>epoch SP position</c>, the hub's log and the newest position that was given in it.</summary>
    public RedisKey Hub(HubName hub) => $"{_prefix}:{{{hub}}}:hub";

    /// <summary>Sorted set: a group's newest messages, scored by position.</summary>
    public RedisKey Log(GroupKey group) => $"{_prefix}:{{{group.Hub}}}:log:{group.Name}";

    /// <summary>Hash: <c>position</c> of a group's newest message, the <c>bytes</c> that its log holds, and the <c>skips</c> in it.</summary>
    public RedisKey Head(GroupKey group) => $"{_prefix}:{{{group.Hub}}}:head:{group.Name}";

    /// <summary>Where a group's messages are published.</summary>
    public RedisChannel Channel(GroupKey group) => RedisChannel.Literal($"{_prefix}:{{{group.Hub}}}:group:{group.Name}");

    /// <summary>Where a node publishes its probes of a hub, to itself; also the key under which it writes them.</summary>
    public RedisChannel Probe(HubName hub, string node) => RedisChannel.Literal($"{_prefix}:{{{hub}}}:probe:{node}");
}
