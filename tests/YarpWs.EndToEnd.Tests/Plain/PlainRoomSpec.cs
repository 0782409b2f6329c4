using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Plain;

/// <summary>Which room a path means, and which handshakes are refused before any upgrade, through the gateway.</summary>
public abstract class PlainRoomSpec
{
    protected abstract Task<TestCluster> ClusterAsync();

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
    public async Task Room_IsTheSame_WithASlashOrAQueryBehindIt(string behind)
    {
        var cluster = await ClusterAsync();
        var room = TestCluster.Room();
        await using var plain = await cluster.JoinAsync(room);
        await using var longer = await cluster.JoinAsync(room + behind);

        await longer.SendAsync("""{"message": "same room"}""");

        await plain.ExpectAsync("same room");
    }

    [Fact]
    public async Task Rooms_WhoseNamesDifferInTheirMarks_AreApart_AndSpellingsOfOneNameAreOne()
    {
        var cluster = await ClusterAsync();
        var room = TestCluster.Room();
        await using var hindi = await cluster.JoinAsync(room + Uri.EscapeDataString("हिन्दी"));
        await using var himalaya = await cluster.JoinAsync(room + Uri.EscapeDataString("हिमालय"));
        await using var composed = await cluster.JoinAsync(room + Uri.EscapeDataString("caf\u00e9"));
        await using var decomposed = await cluster.JoinAsync(room + Uri.EscapeDataString("cafe\u0301"));

        await hindi.SendAsync("""{"message": "for hindi"}""");
        await himalaya.SendAsync("""{"message": "for himalaya"}""");
        await decomposed.SendAsync("""{"message": "for both"}""");

        await hindi.ExpectAsync("for hindi");
        await himalaya.ExpectAsync("for himalaya");
        await composed.ExpectAsync("for both");
    }

    [Theory]
    [InlineData("%D0%BC%D0%B8%D1%80")]
    [InlineData("%E4%B8%AD%E6%96%87_1")]
    [InlineData("%D9%A3")]
    [InlineData("%E0%A4%B9%E0%A4%BF%E0%A4%A8%E0%A5%8D%E0%A4%A6%E0%A5%80")]
    [InlineData("%E0%B8%AB%E0%B9%89%E0%B8%AD%E0%B8%87%E0%B9%81%E0%B8%8A%E0%B8%97")]
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
    [InlineData("x-and-more")]
    [InlineData("x%20x")]
    [InlineData("x%2Fx")]
    [InlineData("x.")]
    [InlineData("x%ZZ")]
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

public sealed class PlainRoomsOnGarnet(GarnetCluster garnet) : PlainRoomSpec, IClassFixture<GarnetCluster>
{
    protected override Task<TestCluster> ClusterAsync() => Task.FromResult(garnet.Cluster);
}

public sealed class PlainRoomsOnRedis(RedisCluster redis) : PlainRoomSpec, IClassFixture<RedisCluster>
{
    protected override Task<TestCluster> ClusterAsync() => redis.StartAsync();
}
