using System.Net;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>What becomes of revoked logins and of tickets when the Sentinels replace the master of two gateways.</summary>
[Trait("Category", "Long")]
public sealed class LoginFailoverTests : IAsyncLifetime
{
    private const string Order = """{"path": "/ws/start/blue"}""";

    /// <summary>The Sentinels are about to replace the master.</summary>
    private const int Announced = 3200;

    private readonly SentinelServers _redis = new();
    private readonly List<EchoGateway> _started = [];
    private TestGateway _a = null!;
    private TestGateway _b = null!;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        _a = await StartAsync();
        _b = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _started)
        {
            await gateway.DisposeAsync();
        }

        await _redis.DisposeAsync();
    }

    [Fact(Explicit = true)]
    public async Task PlannedFailover_LosesNoRevocation_AndNoTicket()
    {
        var ticket = await IssueAsync();
        await RevokeAsync("before");
        await using var staying = await TwoGateways.ConnectAsync(_b, Token("staying"));
        await using var concerned = await TwoGateways.ConnectAsync(_b, Token("meanwhile"));

        var failover = _redis.FailOverAsync();
        await _started[0].Logs.WaitForAsync(Announced);
        await RevokeAsync("meanwhile");
        await failover;
        await TwoGateways.WaitUntilRedisIsAsync(_a, ready: true);
        await TwoGateways.WaitUntilRedisIsAsync(_b, ready: true);

        await concerned.ExpectCloseAsync(4004);
        Assert.Equal(HttpStatusCode.Unauthorized, await TwoGateways.AskAsync(_b, Token("before")));
        Assert.Equal(HttpStatusCode.Unauthorized, await TwoGateways.AskAsync(_b, Token("meanwhile")));
        await RedeemAsync(ticket);
        await RevokeAsync("after");
        await TwoGateways.WaitUntilRefusedAsync(_b, Token("after"));
        Assert.Equal(HttpStatusCode.OK, await TwoGateways.AskAsync(_b, Token("staying")));
    }

    [Fact(Explicit = true)]
    public async Task KilledMaster_IsReplaced_AndEveryRevocationHolds_AlsoForLaterGateways()
    {
        await RevokeAsync("before");
        await TwoGateways.WaitUntilRefusedAsync(_b, Token("before"));
        await using var concerned = await TwoGateways.ConnectAsync(_b, Token("meanwhile"));

        var master = await _redis.MasterAsync();
        await master.KillAsync();
        await RevokeAsync("meanwhile");
        await _redis.FailedOverAsync(master);

        await concerned.ExpectCloseAsync(4004);
        await TwoGateways.WaitUntilRedisIsAsync(_a, ready: true);
        await TwoGateways.WaitUntilRedisIsAsync(_b, ready: true);
        await RedeemAsync(await IssueAsync());
        var later = await StartAsync();
        foreach (var id in (string[])["before", "meanwhile"])
        {
            await TwoGateways.WaitUntilRefusedAsync(_b, Token(id));
            await TwoGateways.WaitUntilRefusedAsync(later, Token(id));
        }
    }

    private static string Token(string id) => TwoGateways.Sign(TwoGateways.User(), id: id);

    private async Task<TestGateway> StartAsync()
    {
        var gateway = await EchoGateway.StartAsync(("Redis:Configuration", _redis.Configuration));
        _started.Add(gateway);
        var started = new TestGateway(gateway.Address, gateway.Admin);
        await TwoGateways.WaitUntilRedisIsAsync(started, ready: true);
        return started;
    }

    /// <summary>Takes a token back on one gateway, where that holds at once.</summary>
    private async Task RevokeAsync(string id)
    {
        await TwoGateways.RevokeAsync(_a, $$"""{"tokenId": "{{id}}"}""");
        Assert.Equal(HttpStatusCode.Unauthorized, await TwoGateways.AskAsync(_a, Token(id)));
    }

    private async Task<string> IssueAsync()
    {
        var (status, answer) = await TwoGateways.PostAsync(_a, "/auth/ticket", Token("of a ticket"), Order);
        Assert.Equal(HttpStatusCode.OK, status);
        return (string)answer!["ticket"]!;
    }

    /// <summary>On the other gateway.</summary>
    private async Task RedeemAsync(string ticket)
    {
        await using var socket = await RawWebSocket.RequestAsync(_b.Address, "GET", $"/ws/start/blue?ticket={ticket}", RawWebSocket.Handshake());
        Assert.Equal(101, socket.Status);
    }
}
