using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Xunit;
using YarpWs.Backend.Channels;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Channels;

/// <summary>What Django sends in one instant: it drops what it finds <c>capacity</c> messages before, whether or not somebody is about to take them.</summary>
public sealed class ChannelsBurstTests(SharedRedisServer redis) : ChannelsTests(redis, ChannelLayer.Core)
{
    private const int Capacity = 100;

    /// <summary>As channels_redis hands a message to one process.</summary>
    private const string GroupSend =
        "if redis.call('ZCOUNT', KEYS[1], '-inf', '+inf') >= 100 then return 1 end redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) redis.call('EXPIRE', KEYS[1], 60) return 0";

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task TwiceTheCapacityAtOnce_IsHeardWhole(int processes)
    {
        await using var node = await StartAsync();
        await using var ann = await node.JoinAsync(Room);
        var django = await Task.WhenAll(Enumerable.Range(0, processes).Select(_ => StartDjangoAsync()));
        var texts = Enumerable.Range(0, 2 * Capacity).Select(i => $"{i}").ToArray();

        var dropped = await Task.WhenAll(texts.Chunk(texts.Length / processes).Zip(django, (some, process) => process.SendAtOnceAsync("push_blue", some)));

        Assert.All(dropped, count => Assert.Equal(0, count));
        Assert.Equal(texts.Order(), (await ann.Client.ReadTextsAsync(texts.Length)).Order());
        foreach (var process in django)
        {
            await process.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(50)]
    [InlineData(100)]
    public async Task SendsOfOneTurnOfRedis_FitAsManyAsConnectionsAndCapacity_TurnAfterTurn(int connections)
    {
        await using var server = new RedisServer();
        await server.StartAsync();
        await using var node = await TestNode.StartAsync(
            server, Prefix, ("Channels:Layer", "Core"), ("Channels:Prefix", LayerPrefix), ("Channels:BurstConnections", $"{connections}"));
        await WaitForReaderAsync(node);
        await using var ann = await node.JoinAsync(Room);
        var senders = Enumerable.Range(0, connections + Capacity).Select(_ => Connect(server.Port)).ToArray();

        for (var turn = 0; turn < 3; turn++)
        {
            var texts = Enumerable.Range(0, senders.Length).Select(i => $"{turn}-{i}").ToArray();
            await WaitForReadersAsync(node, connections);

            Assert.Equal(0, await SendInOneTurnAsync(server, node, senders, texts));
            Assert.Equal(texts.Order(), (await ann.Client.ReadTextsAsync(texts.Length)).Order());
        }

        Assert.All(senders, sender => sender.Dispose());
    }

    [Fact]
    public async Task RedisThatLetsInFew_IsReadByThose_AndTold()
    {
        await using var server = new RedisServer("--maxclients", "40");
        await server.StartAsync();
        await using var node = await TestNode.StartAsync(server, Prefix, ("Channels:Layer", "Core"), ("Channels:Prefix", LayerPrefix));
        await node.Logs.WaitForAsync(line => line.Event.Id == 2160, "fewer connections than are wanted");
        await using var ann = await node.JoinAsync(Room);

        await HandOverAsync(node, "hello");

        await ann.Client.ExpectAsync("hello");
    }

    [Fact]
    public async Task CapacityOfRoomsAlone_MayBeRaisedInDjango()
    {
        await using var node = await StartAsync(("Channels:BurstConnections", "1"));
        await using var ann = await node.JoinAsync(Room);
        var texts = Enumerable.Range(0, 10 * Capacity).Select(i => $"{i}").ToArray();
        await using var django = await StartDjangoAsync(new()
        {
            ["channel_capacity"] = new Dictionary<string, int> { [$"{node.Get<ChannelNames>().OwnProcess}*"] = texts.Length },
        });

        Assert.Equal(0, await django.SendAtOnceAsync("push_blue", texts));

        Assert.Equal(texts.Order(), (await ann.Client.ReadTextsAsync(texts.Length)).Order());
    }

    [Fact]
    public async Task RedisThatForgetsTheScripts_LosesNothing()
    {
        await using var server = new RedisServer();
        await server.StartAsync();
        await using var node = await TestNode.StartAsync(server, Prefix, ("Channels:Layer", "Core"), ("Channels:Prefix", LayerPrefix));
        await WaitForReaderAsync(node);
        await using var ann = await node.JoinAsync(Room);

        await node.Redis.Database.ExecuteAsync("SCRIPT", "FLUSH");
        await HandOverAsync(node, "hello");

        await ann.Client.ExpectAsync("hello");
    }

    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public async Task MasterThatSentinelsReplace_IsLeftByAllConnections()
    {
        await using var servers = new SentinelServers();
        await servers.StartAsync();
        await using var node = await TestNode.StartAsync(servers, Prefix, ("Channels:Layer", "Core"), ("Channels:Prefix", LayerPrefix));
        await WaitForReaderAsync(node);
        await using var ann = await node.JoinAsync(Room);
        await HandOverAsync(node, "before");
        await ann.Client.ExpectAsync("before");

        var old = await servers.MasterAsync();
        await servers.FailOverAsync();
        await node.WaitForRedisAsync();
        await HandOverAsync(node, "after");

        await ann.Client.ExpectAsync("after");
        await old.WaitAsync("nobody waits for a message there", async asked => (await asked.InfoAsync("clients"))["blocked_clients"] == "0");
    }

    /// <summary>As channels_redis does when nobody else sends.</summary>
    private static async Task HandOverAsync(TestNode node, string text) => Assert.Equal(0, (int)await node.Redis.Database.ScriptEvaluateAsync(
        GroupSend, [node.Get<ChannelNames>().OwnMessages], [await MessageAsync(node, text), ChannelNames.ScoreText(ChannelNames.Score(DateTimeOffset.UtcNow))]));

    private static async Task<byte[]> MessageAsync(TestNode node, string text)
    {
        var channel = (string)(await node.Redis.Database.SortedSetRangeByRankAsync(node.Get<ChannelNames>().Group("push_blue"))).Single()!;
        var map = new ArrayBufferWriter<byte>();
        ChannelMessage.Write(map, "send_message", "event", Encoding.UTF8.GetBytes(text), [channel]);
        return [.. RandomNumberGenerator.GetBytes(12), .. map.WrittenSpan];
    }

    /// <summary>Redis finds all of them when it goes on. Answers how many it had no room for.</summary>
    private static async Task<int> SendInOneTurnAsync(RedisServer server, TestNode node, Socket[] senders, string[] texts)
    {
        var messages = await Task.WhenAll(texts.Select(text => MessageAsync(node, text)));
        await server.HangAsync();
        foreach (var (sender, message) in senders.Zip(messages))
        {
            var score = ChannelNames.ScoreText(ChannelNames.Score(DateTimeOffset.UtcNow));
            sender.Send(Command("EVAL", GroupSend, "1", (string)node.Get<ChannelNames>().OwnMessages!, message, score));
        }

        await server.ResumeAsync();
        var full = 0;
        var answer = new byte[64];
        foreach (var sender in senders)
        {
            var count = await sender.ReceiveAsync(answer).WaitAsync(Deadline.Length);
            full += int.Parse(Encoding.ASCII.GetString(answer.AsSpan(1, count - 3)), CultureInfo.InvariantCulture);
        }

        return full;
    }

    /// <summary>Until so many connections wait for a message.</summary>
    private static async Task WaitForReadersAsync(TestNode node, int connections)
    {
        using var deadline = new CancellationTokenSource(Deadline.Length);
        while (await CountAsync() != connections)
        {
            await Eventually.AgainAsync(deadline.Token);
        }

        async Task<int> CountAsync() => (await node.Redis.Database.Multiplexer.GetServers()[0].InfoAsync("clients")).SelectMany(section => section)
            .Where(line => line.Key == "blocked_clients")
            .Select(line => int.Parse(line.Value, CultureInfo.InvariantCulture))
            .Single();
    }

    private static Socket Connect(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        return socket;
    }

    private static byte[] Command(params object[] words)
    {
        var command = new ArrayBufferWriter<byte>();
        command.Write(Encoding.ASCII.GetBytes($"*{words.Length}\r\n"));
        foreach (var word in words)
        {
            var bytes = word as byte[] ?? Encoding.UTF8.GetBytes((string)word);
            command.Write([.. Encoding.ASCII.GetBytes($"${bytes.Length}\r\n"), .. bytes, .. "\r\n"u8]);
        }

        return command.WrittenSpan.ToArray();
    }
}
