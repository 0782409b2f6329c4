using System.Net;
using System.Text;
using StackExchange.Redis;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>A login that is renewed on one gateway goes on on all, and a ticket of one is good on any, once.</summary>
public abstract class LoginSpec
{
    private const string Page = "https://app.example";

    protected abstract Task<TestCluster> ClusterAsync();

    [Fact]
    public async Task RefreshOnOneGateway_KeepsTheSocketOnTheOther_BeyondItsFirstToken()
    {
        var gateways = await StartAsync();
        var (user, other) = (TwoGateways.User(), TwoGateways.User());
        await using var refreshed = await TwoGateways.ConnectAsync(gateways.A, TwoGateways.Sign(user, expiresInSeconds: 5));
        await using var expiring = await TwoGateways.ConnectAsync(gateways.A, TwoGateways.Sign(other, expiresInSeconds: 5));

        var (status, answer) = await TwoGateways.PostAsync(gateways.B, "/auth/refresh", TwoGateways.Sign(user));

        Assert.Equal((HttpStatusCode.OK, "all", 0), (status, (string?)answer!["reach"], (int)answer["sockets"]!));
        await expiring.ExpectCloseAsync(4003);
        await refreshed.SendAsync("""{"message": "still here"}""");
        await refreshed.ExpectAsync("still here");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ticket_OfOneGateway_IsGoodOnTheOther_AndOnNeitherAgain(bool isTriedFirstWhereItWasIssued)
    {
        var gateways = await StartAsync();
        var (first, second) = isTriedFirstWhereItWasIssued ? (gateways.A, gateways.B) : (gateways.B, gateways.A);
        var path = $"/ws/start/{TestCluster.Room()}";
        var ticket = await IssueAsync(gateways.A, path);

        await using var socket = await RawWebSocket.ConnectAsync(first.Address, $"{path}?ticket={ticket}", $"Origin: {Page}");
        await socket.SendAsync("""{"message": "by ticket"}""");
        await socket.ExpectAsync("by ticket");

        foreach (var gateway in new[] { second, first })
        {
            await using var again = await HandshakeAsync(gateway, $"{path}?ticket={ticket}", Page);
            Assert.Equal(401, again.Status);
            Assert.Equal("The ticket was used before, has expired, or was never issued.\n", await again.ReadBodyAsync());
        }
    }

    [Theory]
    [InlineData("/ws/start/another", Page)]
    [InlineData("/ws/start/blue", "https://evil.example")]
    public async Task Ticket_ElsewhereThanItIsFor_IsRefused_AndSpent(string path, string origin)
    {
        var gateways = await StartAsync();
        var ticket = await IssueAsync(gateways.A, "/ws/start/blue");

        await using var elsewhere = await HandshakeAsync(gateways.B, $"{path}?ticket={ticket}", origin);
        await using var afterwards = await HandshakeAsync(gateways.A, $"/ws/start/blue?ticket={ticket}", Page);

        Assert.Equal((401, 401), (elsewhere.Status, afterwards.Status));
        Assert.StartsWith("The ticket is for another page or another path", await elsewhere.ReadBodyAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ticket_UsedByManyAtOnce_OpensOneSocket()
    {
        var gateways = await StartAsync();
        var ticket = await IssueAsync(gateways.A, "/ws/start/blue");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => HandshakeAsync(i % 2 == 0 ? gateways.A : gateways.B, $"/ws/start/blue?ticket={ticket}", Page)));

        Assert.Equal(1, answers.Count(answer => answer.Status == 101));
        Assert.Equal(19, answers.Count(answer => answer.Status == 401));
        foreach (var answer in answers)
        {
            await answer.DisposeAsync();
        }
    }

    [Fact]
    public async Task Redis_HoldsNothingOfATicket_ThatItsReaderCouldUse()
    {
        var cluster = await ClusterAsync();
        var gateways = await StartAsync();
        var token = TwoGateways.Sign(TwoGateways.User());
        var ticket = await IssueAsync(gateways.A, "/ws/start/blue", token);

        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.Redis.Configuration + ",allowAdmin=true");
        var keys = redis.GetServer(cluster.Redis.Configuration).Keys(pattern: "*:ticket:*").ToList();
        Assert.NotEmpty(keys);

        foreach (var key in keys)
        {
            var kept = key.ToString() + Encoding.Latin1.GetString((byte[])(await redis.GetDatabase().StringGetAsync(key))!);
            Assert.DoesNotContain(ticket["ywt_".Length..], kept, StringComparison.OrdinalIgnoreCase);
            Assert.All(token.Split('.'), part => Assert.DoesNotContain(part, kept, StringComparison.Ordinal));
            Assert.InRange((await redis.GetDatabase().KeyTimeToLiveAsync(key))!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        }
    }

    private static async Task<string> IssueAsync(TestGateway gateway, string path, string? token = null)
    {
        var (status, answer) = await TwoGateways.PostAsync(
            gateway, "/auth/ticket", token ?? TwoGateways.Sign(TwoGateways.User()), $$"""{"path": "{{path}}"}""", Page);
        Assert.Equal(HttpStatusCode.OK, status);
        return (string)answer!["ticket"]!;
    }

    private static Task<RawWebSocket> HandshakeAsync(TestGateway gateway, string target, string origin) =>
        RawWebSocket.RequestAsync(gateway.Address, "GET", target, [.. RawWebSocket.Handshake(), $"Origin: {origin}"]);

    /// <summary>Two gateways that let in the page.</summary>
    private async Task<TwoGateways> StartAsync()
    {
        var cluster = await ClusterAsync();
        var (a, b) = (await cluster.StartGatewayAsync(("Origins:Allowed:0", Page)), await cluster.StartGatewayAsync(("Origins:Allowed:0", Page)));
        var gateways = new TwoGateways(new TestGateway(a.Address, a.Admin), new TestGateway(b.Address, b.Admin));
        await TwoGateways.PartsWhenReadyAsync(gateways.A);
        await TwoGateways.PartsWhenReadyAsync(gateways.B);
        return gateways;
    }
}

public sealed class LoginsOnGarnet(GarnetCluster garnet) : LoginSpec, IClassFixture<GarnetCluster>
{
    protected override Task<TestCluster> ClusterAsync() => Task.FromResult(garnet.Cluster);
}

public sealed class LoginsOnRedis(RedisCluster redis) : LoginSpec, IClassFixture<RedisCluster>
{
    protected override Task<TestCluster> ClusterAsync() => redis.StartAsync();
}
