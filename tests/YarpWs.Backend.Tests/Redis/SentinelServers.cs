using StackExchange.Redis;

namespace YarpWs.Tests.Redis;

/// <summary>A master, two replicas and three Sentinels that watch them, each a process of its own.</summary>
public sealed class SentinelServers : RedisUnderTest
{
    public const string Service = "yarpws";

    /// <summary>A master that says nothing for this long counts as dead. Longer than a busy machine keeps a process waiting.</summary>
    private const int DownAfterMilliseconds = 1500;

    private readonly RedisProcess[] _servers;
    private readonly RedisProcess[] _sentinels;
    private readonly string[] _arguments;

    /// <summary>The server that starts as a master; every other one starts as its replica, and the Sentinels put right what is not so any more.</summary>
    private RedisProcess _startsAsMaster;

    /// <param name="arguments">More that every server of data is started with, such as <c>--min-replicas-to-write 1</c>.</param>
    public SentinelServers(params string[] arguments)
    {
        _arguments = arguments;
        _servers = [.. Enumerable.Range(0, 3).Select(_ => new RedisProcess(ServerArguments))];
        _startsAsMaster = _servers[0];
        _sentinels = [.. Enumerable.Range(0, 3).Select(_ => new RedisProcess(SentinelArguments) { Login = new ConfigurationOptions { CommandMap = CommandMap.Sentinel } })];
    }

    public IReadOnlyList<RedisProcess> Servers => _servers;

    public IReadOnlyList<RedisProcess> Sentinels => _sentinels;

    public override string Configuration => string.Join(',', _sentinels.Select(sentinel => $"127.0.0.1:{sentinel.Port}")) + $",serviceName={Service}";

    /// <summary>Starts all six, and waits until each Sentinel knows the replicas and the other Sentinels: before that no failover succeeds.</summary>
    public override async Task StartAsync()
    {
        await Task.WhenAll(_servers.Select(server => server.StartAsync()));
        await ReplicatedAsync();
        await Task.WhenAll(_sentinels.Select(sentinel => sentinel.StartAsync()));
        await Task.WhenAll(_sentinels.Select(sentinel => sentinel.WaitAsync("it knows two replicas and two other Sentinels", async asked =>
            await MasterAsync(asked) is var master && master["num-slaves"] == "2" && master["num-other-sentinels"] == "2")));
    }

    public override Task KillAsync() => Task.WhenAll([.. _sentinels.Select(sentinel => sentinel.KillAsync()), .. _servers.Select(server => server.KillAsync())]);

    /// <summary>The server that the Sentinels call the master, by the newest of their configurations.</summary>
    public async Task<RedisProcess> MasterAsync()
    {
        var answers = await Task.WhenAll(_sentinels.Where(sentinel => sentinel.IsRunning).Select(MasterAsync));
        var newest = answers.MaxBy(answer => long.Parse(answer["config-epoch"]))!;
        return _servers.Single(server => $"{server.Port}" == newest["port"]);
    }

    /// <summary>
    /// A planned failover, as an operator orders it: <c>SENTINEL FAILOVER</c>. When this returns all Sentinels name the new master, both others replicate
    /// from it, and the next failover can begin.
    /// </summary>
    public async Task FailOverAsync()
    {
        var old = await MasterAsync();
        await _sentinels[0].WaitAsync("it takes the order", async sentinel =>
        {
            await sentinel.ExecuteAsync("SENTINEL", "FAILOVER", Service);
            return true;
        });
        await FailedOverAsync(old);
        await ReplicatedAsync();
    }

    /// <summary>The master crashes and is there again before the Sentinels find out: still the master, with nothing of what it had.</summary>
    public async Task RestartMasterEmptyAsync()
    {
        var master = await MasterAsync();
        await master.KillAsync();
        _startsAsMaster = master;
        await master.StartAsync();
    }

    /// <summary>Waits until every Sentinel that runs names another master than this one.</summary>
    public Task FailedOverAsync(RedisProcess old) => Task.WhenAll(_sentinels.Where(sentinel => sentinel.IsRunning).Select(sentinel => sentinel.WaitAsync(
        "it names another master",
        async asked => await MasterAsync(asked) is var master && master["port"] != $"{old.Port}" && !master["flags"].Contains("failover_in_progress", StringComparison.Ordinal))));

    public override async ValueTask DisposeAsync()
    {
        foreach (var process in _sentinels.Concat(_servers))
        {
            await process.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    /// <summary>Waits until one server is the master and every other that runs has all that it has.</summary>
    private async Task ReplicatedAsync()
    {
        var master = _sentinels.All(sentinel => sentinel.IsRunning) ? await MasterAsync() : _servers[0];
        var replicas = _servers.Count(server => server.IsRunning) - 1;
        await master.WaitAsync("its replicas are in step", async asked =>
        {
            var replication = await asked.InfoAsync("replication");
            return Enumerable.Range(0, replicas).All(i => replication.GetValueOrDefault($"slave{i}")?.Contains("state=online", StringComparison.Ordinal) == true);
        });
    }

    private static async Task<IReadOnlyDictionary<string, string>> MasterAsync(RedisProcess sentinel) =>
        (await sentinel.ExecuteAsync("SENTINEL", "MASTER", Service)).ToDictionary().ToDictionary(field => field.Key, field => (string)field.Value!);

    private IEnumerable<string> ServerArguments(RedisProcess server)
    {
        string[] role = server == _startsAsMaster ? [] : ["--replicaof", "127.0.0.1", $"{_startsAsMaster.Port}"];
        return
        [
            "--port", $"{server.Port}", "--save", "", "--appendonly", "no", "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0", .. role, .. _arguments,
        ];
    }

    /// <summary>A Sentinel keeps what it learns in its file, and takes it up again when it starts anew.</summary>
    private IEnumerable<string> SentinelArguments(RedisProcess sentinel)
    {
        var file = Path.Combine(sentinel.Folder, "sentinel.conf");
        if (!File.Exists(file))
        {
            File.WriteAllLines(
                file,
                [
                    $"port {sentinel.Port}",
                    $"sentinel monitor {Service} 127.0.0.1 {_servers[0].Port} 2",
                    $"sentinel down-after-milliseconds {Service} {DownAfterMilliseconds}",
                    $"sentinel failover-timeout {Service} 10000",
                ]);
        }

        return [file, "--sentinel"];
    }
}
