using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Plain;

/// <summary>Pings, closes, subprotocols and faults of the protocol, frame by frame, through the gateway.</summary>
public abstract class PlainFrameSpec
{
    protected abstract Task<TestCluster> ClusterAsync();

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

    public static TheoryData<string, byte[], int> Faults { get; } = new()
    {
        { "a frame that is not masked", Frames.Of(Opcode.Text, "{\"message\": \"a\"}"u8.ToArray(), isMasked: false), 1002 },
        { "a reserved bit", Frames.Of(Opcode.Text, "{}"u8.ToArray(), reserved: 4), 1002 },
        { "a reserved opcode", Frames.Of((Opcode)3, []), 1002 },
        { "a continuation of nothing", Frames.Of(Opcode.Continuation, []), 1002 },
        { "a fragmented ping", Frames.Of(Opcode.Ping, [], isFinal: false), 1002 },
        { "a ping that is too long", Frames.Of(Opcode.Ping, new byte[126]), 1002 },
        { "text that is not UTF-8", Frames.Of(Opcode.Text, [0xC3, 0x28]), 1007 },
        { "a close frame with half a code", Frames.Of(Opcode.Close, [1]), 1002 },
        { "a close frame with a code that must not be sent", Frames.Of(Opcode.Close, [0x03, 0xED]), 1002 },
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
}

public sealed class PlainFramesOnGarnet(GarnetCluster garnet) : PlainFrameSpec, IClassFixture<GarnetCluster>
{
    protected override Task<TestCluster> ClusterAsync() => Task.FromResult(garnet.Cluster);
}

public sealed class PlainFramesOnRedis(RedisCluster redis) : PlainFrameSpec, IClassFixture<RedisCluster>
{
    protected override Task<TestCluster> ClusterAsync() => redis.StartAsync();
}
