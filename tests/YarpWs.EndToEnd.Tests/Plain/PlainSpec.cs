using System.Net;
using System.Text;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Plain;

/// <summary>The plain mode as a client sees it: through the gateway, with members on both nodes.</summary>
public abstract class PlainSpec
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
    public async Task Rooms_AreApart_AndTheirNamesCaseSensitive()
    {
        var cluster = await ClusterAsync();
        var room = TestCluster.Room();
        await using var lower = await cluster.JoinAsync(room + "x");
        await using var upper = await cluster.JoinAsync(room + "X");

        await lower.SendAsync("""{"message": "for lower"}""");
        await upper.SendAsync("""{"message": "for upper"}""");

        await lower.ExpectAsync("for lower");
        await upper.ExpectAsync("for upper");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("?query=1")]
    [InlineData("-and-more")]
    [InlineData("%20x")]
    [InlineData("%2Fx")]
    [InlineData(".")]
    public async Task Room_IsTheLongestBeginningOfWordCharacters(string behind)
    {
        var cluster = await ClusterAsync();
        var room = TestCluster.Room();
        await using var plain = await cluster.JoinAsync(room);
        await using var longer = await cluster.JoinAsync(room + behind);

        await longer.SendAsync("""{"message": "same room"}""");

        await plain.ExpectAsync("same room");
    }

    [Theory]
    [InlineData("%D0%BC%D0%B8%D1%80")]
    [InlineData("%E4%B8%AD%E6%96%87_1")]
    [InlineData("%D9%A3")]
    [InlineData("_")]
    [InlineData("94")]
    public async Task Room_OfAnyScript_UpTo94Characters_IsJoined(string name)
    {
        var cluster = await ClusterAsync();
        var room = name == "94" ? TestCluster.Room().PadRight(94, 'x') : name;
        await using var a = await cluster.JoinAsync(room);

        await a.SendAsync("""{"message": "hello"}""");

        await a.ExpectAsync("hello");
    }

    [Theory]
    [InlineData("-x")]
    [InlineData("%20")]
    [InlineData("%F0%9F%98%80")]
    [InlineData("95")]
    [InlineData("")]
    public async Task Room_WithNoValidName_IsRefusedWith400(string name)
    {
        var cluster = await ClusterAsync();
        var room = name == "95" ? new string('x', 95) : name;

        await using var refused = await RawWebSocket.RequestAsync(
            cluster.Gateway, "GET", $"/ws/start/{room}", [.. RawWebSocket.Handshake(), $"Authorization: Bearer {Tokens.For("ann")}"]);

        Assert.Equal(400, refused.Status);
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

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    public async Task Ping_IsAnsweredWithItsPayload(int length)
    {
        var cluster = await ClusterAsync();
        await using var a = await cluster.JoinAsync(TestCluster.Room());
        var payload = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();

        await a.SendAsync(Opcode.Ping, payload);

        await a.ExpectPongAsync(payload);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(3000)]
    [InlineData(4999)]
    public async Task Close_IsAnsweredWithItsCode(int code)
    {
        var cluster = await ClusterAsync();
        await using var a = await cluster.JoinAsync(TestCluster.Room());

        await a.SendCloseAsync(code, "bye");

        await a.ExpectCloseAsync(code);
        await a.ExpectEndAsync();
    }

    [Fact]
    public async Task Close_WithoutACode_IsAnswered()
    {
        var cluster = await ClusterAsync();
        await using var a = await cluster.JoinAsync(TestCluster.Room());

        await a.SendAsync(Opcode.Close, []);

        Assert.Equal(Opcode.Close, (await a.ReadFrameAsync())!.Opcode);
        await a.ExpectEndAsync();
    }

    [Fact]
    public async Task Subprotocols_ThatNobodyKnows_AreNotSelected()
    {
        var cluster = await ClusterAsync();

        await using var a = await cluster.JoinAsync(TestCluster.Room(), "ann", "Sec-WebSocket-Protocol: chat, superchat");

        Assert.Null(a.Header("Sec-WebSocket-Protocol"));
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

    public static TheoryData<string, byte[], int> Faults { get; } = new()
    {
        { "a frame that is not masked", RawWebSocket.Frame(Opcode.Text, "{\"message\": \"a\"}"u8.ToArray(), isMasked: false), 1002 },
        { "a reserved bit", RawWebSocket.Frame(Opcode.Text, "{}"u8.ToArray(), reserved: 4), 1002 },
        { "a reserved opcode", RawWebSocket.Frame((Opcode)3, []), 1002 },
        { "a continuation of nothing", RawWebSocket.Frame(Opcode.Continuation, []), 1002 },
        { "a fragmented ping", RawWebSocket.Frame(Opcode.Ping, [], isFinal: false), 1002 },
        { "a ping that is too long", RawWebSocket.Frame(Opcode.Ping, new byte[126]), 1002 },
        { "text that is not UTF-8", RawWebSocket.Frame(Opcode.Text, [0xC3, 0x28]), 1007 },
        { "a close frame with half a code", RawWebSocket.Frame(Opcode.Close, [1]), 1002 },
        { "a close frame with a code that must not be sent", RawWebSocket.Frame(Opcode.Close, [0x03, 0xED]), 1002 },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Fault_OfTheProtocol_IsAnsweredWithItsCode(string fault, byte[] bytes, int code)
    {
        var cluster = await ClusterAsync();
        await using var a = await cluster.JoinAsync(TestCluster.Room());

        await a.SendBytesAsync(bytes);

        await a.ExpectCloseAsync(code);
        await a.ExpectEndAsync();
        Assert.NotEmpty(fault);
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

    [Theory]
    [InlineData("GET", 400, null, "Sec-WebSocket-Key")]
    [InlineData("GET", 400, "Sec-WebSocket-Key: dGhlIHNhbXBsZQ==", "Sec-WebSocket-Key")]
    [InlineData("GET", 400, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", null)]
    [InlineData("GET", 426, "Sec-WebSocket-Version: 8", "Sec-WebSocket-Version")]
    [InlineData("POST", 405, null, null)]
    [InlineData("HEAD", 405, null, null)]
    public async Task Handshake_WithAFault_IsRefused(string method, int status, string? added, string? removed)
    {
        var cluster = await ClusterAsync();
        var headers = RawWebSocket.Handshake().Where(header => removed is null || !header.StartsWith(removed, StringComparison.Ordinal)).ToList();
        headers.Add($"Authorization: Bearer {Tokens.For("ann")}");
        if (added is not null)
        {
            headers.Add(added);
        }

        await using var refused = await RawWebSocket.RequestAsync(cluster.Gateway, method, $"/ws/start/{TestCluster.Room()}", headers);

        Assert.Equal(status, refused.Status);
        Assert.Equal(status == 426 ? "13" : null, refused.Header("Sec-WebSocket-Version"));
    }

    [Fact]
    public async Task Path_ThatIsNone_IsRefusedWith404()
    {
        var cluster = await ClusterAsync();

        await using var refused = await RawWebSocket.RequestAsync(
            cluster.Gateway, "GET", "/ws/other/blue", [.. RawWebSocket.Handshake(), $"Authorization: Bearer {Tokens.For("ann")}"]);

        Assert.Equal(404, refused.Status);
    }
}

public sealed class PlainOnGarnet(GarnetCluster garnet) : PlainSpec, IClassFixture<GarnetCluster>
{
    protected override Task<TestCluster> ClusterAsync() => Task.FromResult(garnet.Cluster);
}

public sealed class PlainOnRedis(RedisCluster redis) : PlainSpec, IClassFixture<RedisCluster>
{
    protected override Task<TestCluster> ClusterAsync() => redis.StartAsync();
}
