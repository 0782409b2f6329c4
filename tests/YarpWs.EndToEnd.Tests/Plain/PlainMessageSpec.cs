using System.Net;
using System.Text;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Plain;

/// <summary>What a client sends and what members on both nodes get, through the gateway.</summary>
public abstract class PlainMessageSpec
{
    protected abstract Task<TestCluster> ClusterAsync();

    [Theory]
    [InlineData("""{"message": "hello"}""", "hello")]
    [InlineData("""{"message": "中文 \u4e2d 😀 \ud83d\ude00"}""", "中文 中 😀 😀")]
    [InlineData("""{"message": "{\"a\": 1}"}""", """{"a": 1}""")]
    [InlineData("""{"message": ""}""", "")]
    [InlineData("""{"message": " "}""", " ")]
    [InlineData("""{"message": "\u0000"}""", "\0")]
    [InlineData("""{"message": "first", "message": "last"}""", "last")]
    [InlineData("""{"type": "x", "message": "hello", "more": {"message": "inner"}}""", "hello")]
    [InlineData(""" { "message" : "spaces around" } """, "spaces around")]
    public async Task Message_ReachesEveryMemberOnBothNodes_TheSenderIncluded(string sent, string heard)
    {
        var cluster = await ClusterAsync();
        var (a, b) = await cluster.JoinOnBothNodesAsync(TestCluster.Room());
        await using var _ = a;
        await using var __ = b;

        await a.SendAsync(sent);
        await b.ExpectAsync(heard);
        await a.ExpectAsync(heard);

        await b.SendAsync(sent);
        await a.ExpectAsync(heard);
        await b.ExpectAsync(heard);
    }

    [Fact]
    public async Task Message_WithNoEcho_ReachesEveryOtherMemberOnBothNodes_AndNotItsSender()
    {
        var cluster = await ClusterAsync();
        var room = TestCluster.Room();
        var (a, b) = await cluster.JoinOnBothNodesAsync(room);
        await using var _ = a;
        await using var __ = b;
        await using var neighbour = await cluster.JoinAsync(room);

        await a.SendAsync("""{"message": "to the others", "noEcho": true}""");
        await a.SendAsync("""{"message": "to all", "noEcho": false}""");

        await b.ExpectAsync("to the others", "to all");
        await neighbour.ExpectAsync("to the others", "to all");
        await a.ExpectAsync("to all");
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("")]
    [InlineData("""{"message": "a",}""")]
    [InlineData("\uFEFF{\"message\": \"a\"}")]
    [InlineData("""["message"]""")]
    [InlineData("\"message\"")]
    [InlineData("""{"text": "a"}""")]
    [InlineData("""{"message": "\ud83d"}""")]
    [InlineData("""{"message": 5}""")]
    [InlineData("""{"message": 0}""")]
    [InlineData("""{"message": true}""")]
    [InlineData("""{"message": false}""")]
    [InlineData("""{"message": null}""")]
    [InlineData("""{"message": {}}""")]
    [InlineData("""{"message": []}""")]
    [InlineData("""{"message": "a", "message": 5}""")]
    [InlineData("""{"message": "a"} {}""")]
    [InlineData("""{"message": "a", "noEcho": 1}""")]
    public async Task NotAMessage_ClosesItsSenderWith1011_AndNobodyElse(string sent)
    {
        var cluster = await ClusterAsync();
        var room = TestCluster.Room();
        var (a, b) = await cluster.JoinOnBothNodesAsync(room);
        await using var _ = a;
        await using var __ = b;
        await using var neighbour = await cluster.JoinAsync(room);

        await a.SendAsync(sent);
        await a.ExpectCloseAsync(1011);

        await b.SendAsync("""{"message": "unharmed"}""");
        await b.ExpectAsync("unharmed");
        await neighbour.ExpectAsync("unharmed");
    }

    [Fact]
    public async Task HundredThousandBrackets_CloseTheirSenderWith1011() => await NotAMessage_ClosesItsSenderWith1011_AndNobodyElse(new string('[', 100_000));

    [Theory]
    [InlineData("")]
    [InlineData("""{"message": "hello"}""")]
    public async Task BinaryFrame_ClosesItsSenderWith1011(string payload)
    {
        var cluster = await ClusterAsync();
        var (a, b) = await cluster.JoinOnBothNodesAsync(TestCluster.Room());
        await using var _ = a;
        await using var __ = b;

        await a.SendAsync(Opcode.Binary, Encoding.UTF8.GetBytes(payload));
        await a.ExpectCloseAsync(1011);

        await b.SendAsync("""{"message": "unharmed"}""");
        await b.ExpectAsync("unharmed");
    }

    [Fact]
    public async Task FragmentedMessage_CutInsideACharacter_ArrivesWhole()
    {
        var cluster = await ClusterAsync();
        var (a, b) = await cluster.JoinOnBothNodesAsync(TestCluster.Room());
        await using var _ = a;
        await using var __ = b;
        var bytes = Encoding.UTF8.GetBytes("""{"message": "😀"}""");
        var cut = Array.IndexOf(bytes, (byte)0xF0) + 2;

        await a.SendAsync(Opcode.Text, bytes[..cut], isFinal: false);
        await a.SendAsync(Opcode.Ping, [1, 2, 3]);
        await a.SendAsync(Opcode.Continuation, [], isFinal: false);
        await a.SendAsync(Opcode.Continuation, bytes[cut..]);

        await b.ExpectAsync("😀");
        await a.ExpectPongAsync([1, 2, 3]);
        await a.ExpectAsync("😀");
    }

    [Fact]
    public async Task LargeMessage_ArrivesAsOneUnfragmentedFrame()
    {
        var cluster = await ClusterAsync();
        var (a, b) = await cluster.JoinOnBothNodesAsync(TestCluster.Room());
        await using var _ = a;
        await using var __ = b;
        var text = new string('x', 200_000);

        await a.SendAsync($$"""{"message": "{{text}}"}""");

        await b.ExpectAsync(text);
        await a.ExpectAsync(text);
    }

    [Fact]
    public async Task Messages_OfOneSender_ArriveInOrder_AndAllMembersSeeOneOrder()
    {
        const int Each = 100;
        var cluster = await ClusterAsync();
        var (a, b) = await cluster.JoinOnBothNodesAsync(TestCluster.Room());
        await using var _ = a;
        await using var __ = b;

        await Task.WhenAll(SendAllAsync(a, "a"), SendAllAsync(b, "b"));
        var seenByA = await ReadAllAsync(a);
        var seenByB = await ReadAllAsync(b);

        Assert.Equal(seenByA, seenByB);
        Assert.Equal(Enumerable.Range(0, Each).Select(i => $"a{i}"), seenByA.Where(text => text[0] == 'a'));
        Assert.Equal(Enumerable.Range(0, Each).Select(i => $"b{i}"), seenByA.Where(text => text[0] == 'b'));

        static async Task SendAllAsync(RawWebSocket socket, string name)
        {
            for (var i = 0; i < Each; i++)
            {
                await socket.SendAsync($$"""{"message": "{{name}}{{i}}"}""");
            }
        }

        static async Task<List<string>> ReadAllAsync(RawWebSocket socket)
        {
            var texts = new List<string>();
            while (texts.Count < 2 * Each)
            {
                texts.Add((await socket.ReadFrameAsync($"message {texts.Count} of {2 * Each}"))!.Text);
            }

            return texts;
        }
    }

    [Fact]
    public async Task Newcomer_IsAMemberOnceItHasIts101_AndGetsNothingOlder()
    {
        var cluster = await ClusterAsync();
        var room = TestCluster.Room();
        var (a, b) = await cluster.JoinOnBothNodesAsync(room);
        await using var _ = a;
        await using var __ = b;
        for (var i = 0; i < 20; i++)
        {
            await a.SendAsync($$"""{"message": "old {{i}}"}""");
            await a.ExpectAsync($"old {i}");
            await using var newcomer = await cluster.JoinAsync(room);

            await a.SendAsync($$"""{"message": "new {{i}}"}""");

            await newcomer.ExpectAsync($"new {i}");
            await a.ExpectAsync($"new {i}");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Member_IsGone_AfterItsCloseOrItsDroppedConnection(bool isPolite)
    {
        var cluster = await ClusterAsync();
        var room = TestCluster.Room();
        var (a, b) = await cluster.JoinOnBothNodesAsync(room);
        await using var _ = a;
        await using var __ = b;

        foreach (var socket in new[] { a, b })
        {
            if (isPolite)
            {
                await socket.SendCloseAsync(1000);
                await socket.ExpectCloseAsync(1000);
            }
            else
            {
                socket.Cut();
            }
        }

        await cluster.WaitUntilEmptyAsync(room);
    }

    [Theory]
    [InlineData("text/plain", "pushed", Opcode.Text)]
    [InlineData("application/json", """{"message": "plug flow success", "path": "/a"}""", Opcode.Text)]
    [InlineData("application/octet-stream", "bytes", Opcode.Binary)]
    [InlineData(null, "bytes", Opcode.Binary)]
    public async Task Push_ReachesMembersOnBothNodes(string? contentType, string body, Opcode opcode)
    {
        var cluster = await ClusterAsync();
        var room = TestCluster.Room();
        var (a, b) = await cluster.JoinOnBothNodesAsync(room);
        await using var _ = a;
        await using var __ = b;

        using var answer = await cluster.PushAsync(room, body, contentType);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        foreach (var member in new[] { a, b })
        {
            var frame = await member.ReadFrameAsync();
            Assert.Equal((opcode, body), (frame!.Opcode, frame.Text));
        }
    }

    [Fact]
    public async Task Push_Succeeds_WhenNobodyIsThere()
    {
        var cluster = await ClusterAsync();

        using var answer = await cluster.PushAsync(TestCluster.Room(), "hello", "text/plain");

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    [Fact]
    public async Task Attributed_SaysWhoAndWhere()
    {
        var cluster = await ClusterAsync();
        var room = TestCluster.Room();
        await using var a = await cluster.JoinAsync(room, "änn", "Sec-WebSocket-Protocol: other, attributed.yarpws.v1");

        await a.SendAsync("""{"message": "hello"}""");

        Assert.Equal("attributed.yarpws.v1", a.Header("Sec-WebSocket-Protocol"));
        using var message = System.Text.Json.JsonDocument.Parse((await a.ReadFrameAsync())!.Text);
        Assert.Equal("hello", message.RootElement.GetProperty("message").GetString());
        Assert.Equal("änn", message.RootElement.GetProperty("from").GetString());
        Assert.Matches("^[ab]$", message.RootElement.GetProperty("node").GetString());
    }

    [Fact]
    public async Task Message_LargerThanTheLimit_ClosesItsSenderWith1009()
    {
        var cluster = await ClusterAsync();
        var (a, b) = await cluster.JoinOnBothNodesAsync(TestCluster.Room());
        await using var _ = a;
        await using var __ = b;

        await a.SendAsync($$"""{"message": "{{new string('x', 1024 * 1024)}}"}""");
        await a.ExpectCloseAsync(1009);

        await b.SendAsync("""{"message": "unharmed"}""");
        await b.ExpectAsync("unharmed");
    }
}

public sealed class PlainMessagesOnGarnet(GarnetCluster garnet) : PlainMessageSpec, IClassFixture<GarnetCluster>
{
    protected override Task<TestCluster> ClusterAsync() => Task.FromResult(garnet.Cluster);
}

public sealed class PlainMessagesOnRedis(RedisCluster redis) : PlainMessageSpec, IClassFixture<RedisCluster>
{
    protected override Task<TestCluster> ClusterAsync() => redis.StartAsync();
}
