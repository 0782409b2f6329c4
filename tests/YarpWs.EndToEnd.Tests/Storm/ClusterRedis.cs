using YarpWs.EndToEnd.Tests.Storm.Judging;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>
/// Three masters and a replica of each; the groups of the storm are in one hub, and so in one slot. A planned failover waits for the replica, so nothing is
/// lost; an unplanned one may lose the newest writes, and then those who may have missed something are told (4002).
/// </summary>
internal sealed class ClusterRedis : StormRedis
{
    private const string Target = "redis";
    private const int MessagesLost = 4002;

    /// <summary>A key in the slot of the hub (<c>Plain:Hub</c>).</summary>
    private const string HubKey = "yarpws:{chat}:position";

    private readonly ClusterServers _servers = new();

    public override IReadOnlyList<Func<Chance, Fault>> Faults =>
    [
        FailOver, KillMaster, FreezeMaster, KillOtherMaster, KillReplica, KillClients, KillClients, MoveSlot, ForgetScripts,
    ];

    public override Task StartAsync() => _servers.StartAsync();

    public override string ConfigurationFor(int node) => _servers.Configuration;

    public override ValueTask DisposeAsync() => _servers.DisposeAsync();

    private Fault FailOver(Chance chance) => new(Target, "CLUSTER FAILOVER of the hub's master", Closes.Nobody, async (_, _) =>
    {
        await _servers.FailOverAsync(await MasterAsync());
    });

    private Fault KillMaster(Chance chance) => new(
        Target, "the hub's master is killed and comes back after the failover", Closes.Everybody(MessagesLost), async (_, _) => await KillMasterAsync(await MasterAsync()))
    { Forgets = true };

    private Fault KillOtherMaster(Chance chance) => new(Target, "a master without the hub is killed and comes back after the failover", Closes.Nobody, async (_, _) =>
    {
        await KillMasterAsync(await OtherMasterAsync());
    });

    private Fault FreezeMaster(Chance chance)
    {
        var duration = chance.Between(0.3, 6);
        return new(
            Target, $"the hub's master is stopped and continues after {duration.TotalSeconds} s", Closes.Everybody(MessagesLost), async (storm, cancellationToken) =>
            {
                var master = await MasterAsync();
                await master.HangAsync();
                await storm.Pace.PassAsync(duration, cancellationToken);
                await master.ResumeAsync();
                await _servers.ReadyAsync();
            })
        { Forgets = true };
    }

    private Fault KillReplica(Chance chance)
    {
        var away = chance.Between(0, 3);
        return new(Target, $"a replica is killed and comes back after {away.TotalSeconds} s", Closes.Nobody, async (storm, cancellationToken) =>
        {
            var replica = await FirstAsync("slave");
            await replica.KillAsync();
            await storm.Pace.PassAsync(away, cancellationToken);
            await replica.StartAsync();
            await _servers.ReadyAsync();
        });
    }

    private Fault KillClients(Chance chance)
    {
        var (type, node) = (chance.Of(["pubsub", "pubsub", "normal"]), chance.Below(6));
        return new(
            Target, $"CLIENT KILL TYPE {type} on server {node}", Closes.Nobody, (_, _) => _servers.Nodes[node].TellAsync("CLIENT", "KILL", "TYPE", type));
    }

    private Fault MoveSlot(Chance chance) => new(Target, "the hub's slot moves to another master", Closes.Nobody, async (_, _) =>
    {
        await _servers.MoveSlotAsync(HubKey, await OtherMasterAsync());
    });

    private Fault ForgetScripts(Chance chance) => new(Target, "SCRIPT FLUSH", Closes.Nobody, async (_, _) => await (await MasterAsync()).TellAsync("SCRIPT", "FLUSH"));

    private async Task KillMasterAsync(RedisProcess master)
    {
        await master.KillAsync();
        await _servers.ReadyAsync();
        await master.StartAsync();
        await _servers.ReadyAsync();
    }

    private Task<RedisProcess> MasterAsync() => _servers.MasterOfAsync(HubKey);

    private async Task<RedisProcess> OtherMasterAsync()
    {
        var hub = await MasterAsync();
        return await FirstAsync("master", except: hub);
    }

    private async Task<RedisProcess> FirstAsync(string role, RedisProcess? except = null)
    {
        foreach (var node in _servers.Nodes.Where(node => node != except))
        {
            if ((await node.InfoAsync("replication"))["role"] == role)
            {
                return node;
            }
        }

        throw new InvalidOperationException($"No server is a {role}.");
    }
}
