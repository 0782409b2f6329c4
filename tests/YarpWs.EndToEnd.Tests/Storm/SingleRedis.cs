using YarpWs.EndToEnd.Tests.Storm.Judging;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>
/// One redis-server, which each node reaches through a <see cref="Link"/> of its own: they can be parted from it one by one. It writes its append-only file
/// before anybody hears of a write, so that its data is a thing that it keeps, loses, or is set back to.
/// </summary>
internal sealed class SingleRedis : StormRedis
{
    private const string Target = "redis";
    private const int MessagesLost = 4002;

    private readonly RedisProcess _server = new(server =>
    [
        "--port", $"{server.Port}", "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0",
    ]);

    private readonly Link[] _links = [new(), new()];

    public override IReadOnlyList<Func<Chance, Fault>> Faults =>
    [
        Freeze, Restart, RestartEmpty, RestartFromSnapshot, Flush, ForgetScripts, KillClients, Cut, Close, Stall, ReturnWithoutOneNode,
    ];

    private string Data => Path.Combine(_server.Folder, "appendonlydir");

    private string Snapshot => Path.Combine(_server.Folder, "snapshot");

    public override async Task StartAsync()
    {
        foreach (var link in _links)
        {
            link.Target = _server.Port;
        }

        await _server.StartAsync();
    }

    public override string ConfigurationFor(int node) => $"127.0.0.1:{_links[node].Port}";

    public override async ValueTask DisposeAsync()
    {
        foreach (var link in _links)
        {
            await link.DisposeAsync();
        }

        await _server.DisposeAsync();
    }

    private Fault Freeze(Chance chance)
    {
        var duration = chance.Between(0.3, 8);
        return new(Target, $"Redis is stopped and continues after {duration.TotalSeconds} s", Closes.Nobody, async (storm, cancellationToken) =>
        {
            await _server.HangAsync();
            await storm.Pace.PassAsync(duration, cancellationToken);
            await _server.ResumeAsync();
        });
    }

    private Fault Restart(Chance chance)
    {
        var away = chance.Between(0, 6);
        return new(Target, $"Redis is killed and comes back with all its data after {away.TotalSeconds} s", Closes.Nobody, async (storm, cancellationToken) =>
        {
            await _server.KillAsync();
            await storm.Pace.PassAsync(away, cancellationToken);
            await _server.StartAsync();
        });
    }

    private Fault RestartEmpty(Chance chance)
    {
        var away = chance.Between(0, 4);
        return new(Target, $"Redis is killed and comes back empty after {away.TotalSeconds} s", Closes.Everybody(MessagesLost), async (storm, cancellationToken) =>
        {
            await _server.KillAsync();
            await storm.Pace.PassAsync(away, cancellationToken);
            Directory.Delete(Data, recursive: true);
            await _server.StartAsync();
        })
        { Forgets = true };
    }

    private Fault RestartFromSnapshot(Chance chance)
    {
        var (age, away) = (chance.Between(0.1, 4), chance.Between(0, 3));
        return new(
            Target,
            $"Redis is killed and comes back after {away.TotalSeconds} s as it was {age.TotalSeconds} s before",
            Closes.Everybody(MessagesLost),
            async (storm, cancellationToken) =>
            {
                Copy(Data, Snapshot);
                await storm.Pace.PassAsync(age, cancellationToken);
                await _server.KillAsync();
                await storm.Pace.PassAsync(away, cancellationToken);
                Copy(Snapshot, Data);
                await _server.StartAsync();
            })
        { Forgets = true };
    }

    /// <summary>The case in which positions alone mislead: one node publishes more than was lost before the other one looks.</summary>
    private Fault ReturnWithoutOneNode(Chance chance)
    {
        var (cutOff, age) = (chance.Below(StormCluster.Nodes), chance.Between(0.1, 0.8));

        // The other node publishes half of what both did.
        var longer = (4 * age) + chance.Between(0, 3);
        return new(
            Target,
            $"node {StormCluster.NameOf(cutOff)} is cut off from Redis, which comes back as it was {age.TotalSeconds} s before, and is let in {longer.TotalSeconds} s later",
            Closes.Everybody(MessagesLost),
            async (storm, cancellationToken) =>
            {
                Copy(Data, Snapshot);
                await storm.Pace.PassAsync(age, cancellationToken);
                _links[cutOff].Close();
                await _server.KillAsync();
                Copy(Snapshot, Data);
                await _server.StartAsync();
                await storm.Pace.PassAsync(longer, cancellationToken);
                _links[cutOff].Open();
            })
        { Forgets = true };
    }

    private Fault Flush(Chance chance) => new(Target, "FLUSHALL", Closes.Everybody(MessagesLost), (_, _) => _server.TellAsync("FLUSHALL")) { Forgets = true };

    private Fault ForgetScripts(Chance chance) => new(Target, "SCRIPT FLUSH", Closes.Nobody, (_, _) => _server.TellAsync("SCRIPT", "FLUSH"));

    private Fault KillClients(Chance chance)
    {
        var type = chance.Of(["pubsub", "normal"]);
        return new(Target, $"CLIENT KILL TYPE {type}", Closes.Nobody, (_, _) => _server.TellAsync("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes"));
    }

    private Fault Cut(Chance chance)
    {
        var node = chance.Below(StormCluster.Nodes);
        return new(LinkOf(node), $"{Named(node)} is cut", Closes.Nobody, (_, _) =>
        {
            _links[node].Cut();
            return Task.CompletedTask;
        });
    }

    private Fault Close(Chance chance)
    {
        var (node, duration) = (chance.Below(StormCluster.Nodes), chance.Between(0.2, 8));
        return new(LinkOf(node), $"{Named(node)} is closed for {duration.TotalSeconds} s", Closes.Nobody, async (storm, cancellationToken) =>
        {
            _links[node].Close();
            await storm.Pace.PassAsync(duration, cancellationToken);
            _links[node].Open();
        });
    }

    private Fault Stall(Chance chance)
    {
        var (node, duration, cut) = (chance.Below(StormCluster.Nodes), chance.Between(0.2, 8), chance.OneIn(2));
        return new(
            LinkOf(node), $"{Named(node)} is stalled for {duration.TotalSeconds} s{(cut ? " and then cut" : "")}", Closes.Nobody, async (storm, cancellationToken) =>
            {
                _links[node].Stall();
                await storm.Pace.PassAsync(duration, cancellationToken);
                if (cut)
                {
                    _links[node].Cut();
                }

                _links[node].Open();
            });
    }

    /// <summary>Of a file that is being written, what is there of it now: the log up to some moment.</summary>
    private static void Copy(string from, string to)
    {
        if (Directory.Exists(to))
        {
            Directory.Delete(to, recursive: true);
        }

        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private static string LinkOf(int node) => $"link to Redis of {node}";

    private static string Named(int node) => $"the link between node {StormCluster.NameOf(node)} and Redis";
}
