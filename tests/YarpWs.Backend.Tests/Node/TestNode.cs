using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Xunit;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Groups;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Protocols;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Streams;
using YarpWs.Backend.Telemetry;
using YarpWs.Tests.Logs;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Node;

/// <summary>One backend on a loopback port of its own, on a Redis under test.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    /// <summary>Microseconds; more than every clock shows, and as many as a script can tell apart.</summary>
    private const long AnyTime = 1L << 53;

    private readonly WebApplication _app;

    private TestNode(WebApplication app) => _app = app;

    public GroupStreams Streams => Get<GroupStreams>();

    public GroupDirectory Groups => Get<GroupDirectory>();

    public RedisConnection Redis => Get<RedisConnection>();

    public RedisNames Names => Get<RedisNames>();

    public RedisHealth Health => Get<RedisHealth>();

    public LogCollector Logs { get; } = new();

    public NodeIdentity Identity => Get<NodeIdentity>();

    public Uri Address => new(_app.Urls.First());

    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });

    /// <summary>Starts a backend and waits until it hears Redis.</summary>
    public static async Task<TestNode> StartAsync(RedisUnderTest redis, string prefix, params (string Key, string Value)[] settings)
    {
        var node = await StartUnreadyAsync(redis, prefix, settings);
        await node.WaitForRedisAsync();
        return node;
    }

    /// <summary>Starts a backend whose Redis need not be there.</summary>
    public static async Task<TestNode> StartUnreadyAsync(RedisUnderTest redis, string prefix, params (string Key, string Value)[] settings)
    {
        var overlay = new Dictionary<string, string?>(Tokens.Settings)
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Redis:Configuration"] = redis.Configuration + ",allowAdmin=true",
            ["Redis:KeyPrefix"] = prefix,
            ["Logging:Console:LogLevel:Default"] = "None",
        };
        // On a machine that runs all tests at once, a slow answer is no outage; where another server takes over, it is to be noticed as fast as in production.
        if (redis is not (ClusterServers or SentinelServers))
        {
            overlay["Redis:CommandTimeout"] = "00:00:10";
        }

        foreach (var (key, value) in settings)
        {
            overlay[key] = value;
        }

        var node = new TestNode(BackendHost.Build(file: null, overlay));
        node.Get<ILoggerFactory>().AddProvider(node.Logs);
        await node._app.StartAsync();
        return node;
    }

    public static GroupKey Group(string name = "blue", string hub = "chat")
    {
        Assert.True(HubName.TryParse(hub, out var hubName));
        Assert.True(GroupKey.TryCreate(hubName, name, out var group));
        return group;
    }

    /// <summary>A member that collects what it is offered.</summary>
    public Connection Member(ConnectionOptions? options = null, IClientProtocol? protocol = null) => new(
        "ann", protocol ?? PlainProtocol.Instance, options ?? Get<IOptions<ConnectionOptions>>().Value, Get<BackendMetrics>(), TimeProvider.System, NullLogger<Connection>.Instance);

    /// <summary>A member of a group, and a client that reads what it is sent.</summary>
    public async Task<TestConnection> JoinAsync(GroupKey group, IClientProtocol? protocol = null)
    {
        var connection = Member(protocol: protocol);
        await Groups.JoinAsync(group, connection).WaitAsync(Deadline.Length);
        return new TestConnection(connection);
    }

    public Task LeaveAsync(GroupKey group, TestConnection member) =>
        Groups.LeaveAsync(group, member.Connection).WaitAsync(Deadline.Length);

    public async Task<long> PublishAsync(GroupKey group, string text, TimeSpan patience = default, string excludedConnectionId = "")
    {
        var message = Message(text, excludedConnectionId);
        var position = await Streams.TryPublishAsync(group, message, patience, TestContext.Current.CancellationToken);
        Assert.NotNull(position);
        return position.Value;
    }

    /// <summary>Publishes what nobody hears, as when pub/sub loses it: it stands in the group's log alone. The publisher knows nothing of what was there before.</summary>
    public Task<string> PublishUnheardAsync(GroupKey group, string text, string excludedConnectionId = "") =>
        RunPublishScriptAsync(group, Message(text, excludedConnectionId).ToBytes(), channel: "nobody");

    /// <summary>Runs the script as a publisher does that knows nothing; <paramref name="before"/> where it is not the first try. Answers <c>epoch position</c>.</summary>
    public async Task<string> RunPublishScriptAsync(GroupKey group, byte[] message, string? channel = null, string before = "")
    {
        var options = Get<IOptions<StreamOptions>>().Value;
        return (string)(await Redis.Database.ScriptEvaluateAsync(
            await ReadScriptAsync("hub.lua") + await ReadScriptAsync("publish.lua"),
            [Names.Hub(group.Hub), Names.Head(group), Names.Log(group)],
            [0, 0, 0, 60_000, message, channel ?? (string)Names.Channel(group)!, options.MaxMessages, options.MaxBytes, 60_000, before, Redis.PublishCommand, AnyTime, AnyTime]))!;
    }

    /// <summary>Makes Redis forget all of a group, and of its hub, that came after a position, as a server does that returns from an older state.</summary>
    public Task ForgetAsync(GroupKey group, long after) => Redis.Database.ScriptEvaluateAsync(
        """
        local epoch = string.match(redis.call('GET', KEYS[1]), '^%d+')
        redis.call('SET', KEYS[1], epoch .. ' ' .. ARGV[1])
        redis.call('ZREMRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf')
        redis.call('HSET', KEYS[3], 'position', ARGV[1])
        redis.call('HDEL', KEYS[3], 'skips')
        """,
        [Names.Hub(group.Hub), Names.Log(group), Names.Head(group)],
        [after]);

    /// <summary>All that Redis knows of a group and its hub; that of another server takes its place with <see cref="ReplaceAsync"/>.</summary>
    public async Task<RedisState> StateAsync(GroupKey group) => new(
        await Redis.Database.StringGetAsync(Names.Hub(group.Hub)),
        await Redis.Database.SortedSetRangeByRankWithScoresAsync(Names.Log(group)),
        await Redis.Database.HashGetAllAsync(Names.Head(group)));

    public async Task ReplaceAsync(GroupKey group, RedisState state)
    {
        var replacing = Redis.Database.CreateTransaction();
        _ = replacing.KeyDeleteAsync([Names.Log(group), Names.Head(group)]);
        _ = replacing.StringSetAsync(Names.Hub(group.Hub), state.Hub);
        _ = replacing.SortedSetAddAsync(Names.Log(group), state.Log);
        _ = replacing.HashSetAsync(Names.Head(group), state.Head);
        await replacing.ExecuteAsync();
    }

    /// <summary>Compares the one group of this node with what Redis remembers, now.</summary>
    /// <param name="wasAway">As after an outage of Redis, or a failover.</param>
    public Task AuditAsync(bool wasAway = false) => Groups.Groups.Single().AuditAsync(wasAway).WaitAsync(Deadline.Length);

    /// <summary>How many nodes are subscribed to the group, as Redis says.</summary>
    public async Task<long> SubscriptionsAsync(GroupKey group) =>
        (long)(await Redis.Database.ExecuteAsync("PUBSUB", "NUMSUB", Names.Channel(group)))[1];

    public Task WaitForRedisAsync() => Health.WaitUntilUpAsync(CancellationToken.None).WaitAsync(Deadline.Length);

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    private GroupMessage Message(string text, string excludedConnectionId) =>
        Identity.Message(DataType.Text, Encoding.UTF8.GetBytes(text), excludedConnectionId: excludedConnectionId);

    private static async Task<string> ReadScriptAsync(string name)
    {
        await using var stream = typeof(GroupStreams).Assembly.GetManifestResourceStream(name);
        using var reader = new StreamReader(stream!);
        return await reader.ReadToEndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Http.Dispose();
        Logs.Dispose();
    }
}

/// <summary>What a Redis server knows of one group and its hub.</summary>
internal sealed record RedisState(RedisValue Hub, SortedSetEntry[] Log, HashEntry[] Head);
