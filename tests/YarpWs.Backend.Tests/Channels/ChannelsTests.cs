using StackExchange.Redis;
using Xunit;
using YarpWs.Backend.Channels;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Logs;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Channels;

/// <summary>Rooms and processes of Django on one Redis.</summary>
public abstract class ChannelsTests : IClassFixture<SharedRedisServer>
{
    private protected string Prefix { get; } = "t" + Guid.NewGuid().ToString("N");
    private readonly HashSet<string> _readers = [];
    private readonly SharedRedisServer _redis;

    private protected ChannelsTests(SharedRedisServer redis, ChannelLayer layer)
    {
        _redis = redis;
        Layer = layer;
    }

    private protected ChannelLayer Layer { get; }

    /// <summary>A prefix for each test, as two systems of Django that share a Redis have.</summary>
    private protected string LayerPrefix => "l" + Prefix;

    private protected static GroupKey Room => TestNode.Group("push_blue");

    private protected Task<RedisServer> RedisAsync() => _redis.StartAsync();

    private protected async Task<TestNode> StartAsync(params (string Key, string Value)[] settings)
    {
        var node = await TestNode.StartAsync(
            await RedisAsync(), Prefix, [("Channels:Layer", Layer.ToString()), ("Channels:Prefix", LayerPrefix), .. settings]);
        if (_readers.Add(node.Get<ChannelNames>().System))
        {
            // The nodes that follow it wait for its end.
            await WaitForReaderAsync(node);
        }

        return node;
    }

    private protected async Task<DjangoProcess> StartDjangoAsync(Dictionary<string, object>? config = null) =>
        DjangoProcess.Start(Layer, (await RedisAsync()).Port, new Dictionary<string, object>(config ?? []) { ["prefix"] = LayerPrefix });

    /// <summary>As a member or a server says something: into the log, and to Django.</summary>
    private protected static async Task SayAsync(TestNode node, string text, string group = "push_blue") => Assert.NotNull(await node.Get<GroupPublisher>().TryPublishAsync(
        TestNode.Group(group), node.Identity.Message(DataType.Text, System.Text.Encoding.UTF8.GetBytes(text)), TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));

    private protected static string Message(string text) => $$"""{"type": "send_message", "event": "{{text}}"}""";

    /// <summary>What comes by Django and what is said here come in no order, and nothing comes twice.</summary>
    private protected static async Task ExpectWithEndAsync(TestConnection member, params string[] texts)
    {
        var heard = await member.Client.ReadTextsAsync(texts.Length + 1);

        Assert.Equal([.. texts, "end"], heard.OrderBy(text => text == "end"));
    }

    private protected static Task<LogLine> WaitForReaderAsync(TestNode node) => node.Logs.WaitForAsync(line => line.Event.Id == 2150, "a reader of what Django sends");
}
