using YarpWs.EndToEnd.Tests.Storm.Judging;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>
/// A master, two replicas and three Sentinels. Replication does not wait: whatever takes a master away may lose its newest writes, and then those who may
/// have missed something are told (4002).
/// </summary>
internal sealed class SentinelRedis : StormRedis
{
    private const string Target = "redis";
    private const int MessagesLost = 4002;

    private readonly SentinelServers _servers = new();

    public override IReadOnlyList<Func<Chance, Fault>> Faults =>
    [
        FailOver, FailOver, KillMaster, RestartMasterEmpty, FreezeMaster, KillReplica, KillSentinel, KillClients, Flush, ForgetScripts,
    ];

    public override Task StartAsync() => _servers.StartAsync();

    public override string ConfigurationFor(int node) => _servers.Configuration;

    public override ValueTask DisposeAsync() => _servers.DisposeAsync();

    /// <summary>By itself it closes nobody; a node that is held up meanwhile may hear of it too late.</summary>
    private Fault FailOver(Chance chance) => new(Target, "SENTINEL FAILOVER", Closes.Everybody(MessagesLost), (_, _) => _servers.FailOverAsync())
    {
        Forgets = true,
        ClosesAlone = Closes.Nobody,
    };

    private Fault KillMaster(Chance chance) => new(Target, "the master is killed and comes back after the failover", Closes.Everybody(MessagesLost), async (_, _) =>
    {
        var master = await _servers.MasterAsync();
        await master.KillAsync();
        await _servers.FailedOverAsync(master);
        await master.StartAsync();
    })
    { Forgets = true };

    /// <summary>Before the Sentinels find out, so that its replicas take over that it has nothing.</summary>
    private Fault RestartMasterEmpty(Chance chance) => new(Target, "the master is killed and comes back empty at once", Closes.Everybody(MessagesLost), (_, _) => _servers.RestartMasterEmptyAsync())
    { Forgets = true };

    private Fault FreezeMaster(Chance chance)
    {
        var duration = chance.Between(0.3, 6);
        return new(
            Target, $"the master is stopped and continues after {duration.TotalSeconds} s", Closes.Everybody(MessagesLost), async (storm, cancellationToken) =>
            {
                var master = await _servers.MasterAsync();
                await master.HangAsync();
                await storm.Pace.PassAsync(duration, cancellationToken);
                await master.ResumeAsync();
            })
        { Forgets = true };
    }

    private Fault KillReplica(Chance chance)
    {
        var away = chance.Between(0, 3);
        return new(Target, $"a replica is killed and comes back after {away.TotalSeconds} s", Closes.Nobody, async (storm, cancellationToken) =>
        {
            var master = await _servers.MasterAsync();
            var replica = _servers.Servers.First(server => server != master);
            await replica.KillAsync();
            await storm.Pace.PassAsync(away, cancellationToken);
            await replica.StartAsync();
        });
    }

    private Fault KillSentinel(Chance chance)
    {
        var (sentinel, away) = (chance.Below(3), chance.Between(0, 3));
        return new(Target, $"Sentinel {sentinel} is killed and comes back after {away.TotalSeconds} s", Closes.Nobody, async (storm, cancellationToken) =>
        {
            await _servers.Sentinels[sentinel].KillAsync();
            await storm.Pace.PassAsync(away, cancellationToken);
            await _servers.Sentinels[sentinel].StartAsync();
        });
    }

    private Fault KillClients(Chance chance)
    {
        var type = chance.Of(["pubsub", "normal"]);
        return new(Target, $"CLIENT KILL TYPE {type} on the master", Closes.Nobody, (_, _) => TellMasterAsync("CLIENT", "KILL", "TYPE", type));
    }

    private Fault Flush(Chance chance) => new(Target, "FLUSHALL", Closes.Everybody(MessagesLost), (_, _) => TellMasterAsync("FLUSHALL")) { Forgets = true };

    private Fault ForgetScripts(Chance chance) => new(Target, "SCRIPT FLUSH", Closes.Nobody, (_, _) => TellMasterAsync("SCRIPT", "FLUSH"));

    private async Task TellMasterAsync(string command, params object[] arguments) => await (await _servers.MasterAsync()).TellAsync(command, arguments);
}
