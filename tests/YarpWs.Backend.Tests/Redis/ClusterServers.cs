using System.Globalization;
using StackExchange.Redis;

namespace YarpWs.Tests.Redis;

/// <summary>A Redis Cluster of three masters and three replicas, each a process of its own. Node i + 3 begins as the replica of node i.</summary>
public sealed class ClusterServers : RedisUnderTest
{
    private const int Masters = 3;
    private const int Slots = 16384;

    /// <summary>A node that says nothing for this long counts as dead. Longer than a busy machine keeps a process waiting.</summary>
    private const int NodeTimeoutMilliseconds = 2000;

    private readonly RedisProcess[] _nodes;

    /// <param name="arguments">More that every node is started with.</param>
    public ClusterServers(params string[] arguments) => _nodes = [.. Enumerable.Range(0, 2 * Masters).Select(_ =>
    {
        var bus = FreePort.Next();
        return new RedisProcess(node =>
        [
            "--port", $"{node.Port}", "--save", "", "--appendonly", "no", "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0",
            "--cluster-enabled", "yes", "--cluster-port", $"{bus}", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", $"{NodeTimeoutMilliseconds}",
            .. arguments,
        ])
        {
            BusPort = bus,
        };
    })];

    public IReadOnlyList<RedisProcess> Nodes => _nodes;

    public override string Configuration => string.Join(',', _nodes.Take(Masters).Select(node => $"127.0.0.1:{node.Port}"));

    /// <summary>Starts all six and makes them a cluster; started again, they are the cluster that they were.</summary>
    public override async Task StartAsync()
    {
        var isNew = !File.Exists(Path.Combine(_nodes[0].Folder, "nodes.conf"));
        await Task.WhenAll(_nodes.Select(node => node.StartAsync()));
        if (isNew)
        {
            await JoinAsync();
        }

        await ReadyAsync();
    }

    public override Task KillAsync() => Task.WhenAll(_nodes.Select(node => node.KillAsync()));

    /// <summary>The master that serves this key.</summary>
    public Task<RedisProcess> MasterOfAsync(RedisKey key) => MasterOfAsync(key, _nodes.First(node => node.IsRunning));

    /// <summary>Waits until every other node says that another one serves this key.</summary>
    public Task ReplacedAsync(RedisKey key, RedisProcess old) => Task.WhenAll(_nodes.Where(node => node != old && node.IsRunning).Select(node =>
        node.WaitAsync("it names another master", async asked => await MasterOfAsync(key, asked) != old)));

    /// <summary>A planned failover: a replica of this master takes its place, and this one becomes its replica.</summary>
    public async Task FailOverAsync(RedisProcess master)
    {
        var id = (string)(await master.ExecuteAsync("CLUSTER", "MYID"))!;
        var replica = (string)((RedisResult[])(await master.ExecuteAsync("CLUSTER", "REPLICAS", id))!)[0]!;
        var port = int.Parse(replica.Split(' ')[1].Split('@')[0].Split(':')[^1], CultureInfo.InvariantCulture);
        var successor = _nodes.Single(node => node.Port == port);
        await successor.ExecuteAsync("CLUSTER", "FAILOVER");
        await successor.WaitAsync("it is a master", async asked => (await asked.InfoAsync("replication"))["role"] == "master");
        await ReadyAsync();
    }

    /// <summary>Gives the slot of a key, with the keys in it, to another master, while both serve.</summary>
    public async Task MoveSlotAsync(RedisKey key, RedisProcess to)
    {
        var from = await MasterOfAsync(key);
        await from.LearnRoleAsync();
        var slot = (int)await from.ExecuteAsync("CLUSTER", "KEYSLOT", key);
        var (fromId, toId) = ((string)(await from.ExecuteAsync("CLUSTER", "MYID"))!, (string)(await to.ExecuteAsync("CLUSTER", "MYID"))!);
        await to.ExecuteAsync("CLUSTER", "SETSLOT", slot, "IMPORTING", fromId);
        await from.ExecuteAsync("CLUSTER", "SETSLOT", slot, "MIGRATING", toId);
        while ((RedisKey[])(await from.ExecuteAsync("CLUSTER", "GETKEYSINSLOT", slot, 100))! is { Length: > 0 } keys)
        {
            foreach (var moved in keys)
            {
                await from.ExecuteAsync("MIGRATE", "127.0.0.1", to.Port, moved, 0, 5000);
            }
        }

        await to.ExecuteAsync("CLUSTER", "SETSLOT", slot, "NODE", toId);
        await from.ExecuteAsync("CLUSTER", "SETSLOT", slot, "NODE", toId);
        foreach (var node in _nodes.Where(node => node != from && node != to && node.IsRunning))
        {
            await node.WaitAsync("it knows where the slot is", async _ => await MasterOfAsync(key) == to);
        }
    }

    /// <summary>Waits until every node that runs calls the cluster whole, and every replica among them is in step with its master.</summary>
    public Task ReadyAsync() => Task.WhenAll(_nodes.Where(node => node.IsRunning).Select(node => node.WaitAsync("the cluster is whole", async asked =>
    {
        var replication = await asked.InfoAsync("replication");
        return ((string)(await asked.ExecuteAsync("CLUSTER", "INFO"))!).Contains("cluster_state:ok", StringComparison.Ordinal)
            && (replication["role"] == "master" || replication["master_link_status"] == "up");
    })));

    public override async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    private async Task<RedisProcess> MasterOfAsync(RedisKey key, RedisProcess asked)
    {
        var slot = (int)await asked.ExecuteAsync("CLUSTER", "KEYSLOT", key);
        foreach (var range in (RedisResult[])(await asked.ExecuteAsync("CLUSTER", "SLOTS"))!)
        {
            if ((int)range[0] <= slot && slot <= (int)range[1])
            {
                var port = (int)range[2][1];
                return _nodes.Single(node => node.Port == port);
            }
        }

        throw new InvalidOperationException($"No node serves slot {slot}.");
    }

    private async Task JoinAsync()
    {
        for (var i = 0; i < _nodes.Length; i++)
        {
            await _nodes[i].ExecuteAsync("CLUSTER", "SET-CONFIG-EPOCH", i + 1);
            if (i < Masters)
            {
                await _nodes[i].ExecuteAsync("CLUSTER", "ADDSLOTSRANGE", i * Slots / Masters, ((i + 1) * Slots / Masters) - 1);
            }

            foreach (var other in _nodes.Take(i))
            {
                await _nodes[i].ExecuteAsync("CLUSTER", "MEET", "127.0.0.1", other.Port, other.BusPort);
            }
        }

        for (var i = 0; i < Masters; i++)
        {
            var master = (string)(await _nodes[i].ExecuteAsync("CLUSTER", "MYID"))!;
            await _nodes[i + Masters].WaitAsync("it knows its master", async replica =>
            {
                await replica.ExecuteAsync("CLUSTER", "REPLICATE", master);
                return true;
            });
        }

        await Task.WhenAll(_nodes.Select(node => node.WaitAsync("it knows three replicas", async asked =>
            ((string)(await asked.ExecuteAsync("CLUSTER", "NODES"))!).Split('\n').Count(line => line.Contains("slave", StringComparison.Ordinal)) == Masters)));
    }
}
