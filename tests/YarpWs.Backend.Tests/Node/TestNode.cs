using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Groups;
using YarpWs.Backend.Protocols;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Streams;
using YarpWs.Tests.Logs;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Node;

/// <summary>One backend without clients: its groups and streams, on a Redis under test.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestNode(WebApplication app) => _app = app;

    public GroupStreams Streams => Get<GroupStreams>();

    public GroupDirectory Groups => Get<GroupDirectory>();

    public RedisConnection Redis => Get<RedisConnection>();

    public RedisNames Names => Get<RedisNames>();

    public RedisHealth Health => Get<RedisHealth>();

    public LogCollector Logs { get; } = new();

    public NodeIdentity Identity => Get<NodeIdentity>();

    public static async Task<TestNode> StartAsync(RedisUnderTest redis, string prefix, params (string Key, string Value)[] settings)
    {
        var overlay = new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Authentication:Schemes:Bearer:SigningKeys:0:Value"] = Convert.ToBase64String(new byte[32]),
            ["Authentication:Schemes:Bearer:ValidAudiences:0"] = "tests",
            ["Redis:Configuration"] = redis.Configuration,
            ["Redis:KeyPrefix"] = prefix,
            ["Logging:Console:LogLevel:Default"] = "None",
        };
        foreach (var (key, value) in settings)
        {
            overlay[key] = value;
        }

        var node = new TestNode(BackendHost.Build(file: null, overlay));
        node.Get<ILoggerFactory>().AddProvider(node.Logs);
        await node._app.StartAsync();
        await node.Health.WaitUntilUpAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        return node;
    }

    /// <summary>A member that collects what it is offered.</summary>
    public Connection Member(ConnectionOptions? options = null) => new(
        "ann", PlainProtocol.Instance, options ?? new ConnectionOptions(), Get<BackendMetrics>(), TimeProvider.System, NullLogger<Connection>.Instance);

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
