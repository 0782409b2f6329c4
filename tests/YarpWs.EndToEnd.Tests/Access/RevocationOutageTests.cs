using System.Net;
using StackExchange.Redis;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>What becomes of revoked logins while Redis is away, deaf or empty, and when it is back.</summary>
public sealed class RevocationOutageTests : IAsyncLifetime
{
    private const int RevocationWaits = 1111;
    private const int RevocationsTooMany = 1112;

    /// <summary>A Redis that is away is not waited for for long.</summary>
    private static readonly (string Key, string Value) Impatient = (TestCluster.ForGateways + "Redis:CommandTimeout", "00:00:02");

    private readonly RedisServer _redis = new();
    private TestCluster _cluster = null!;
    private TwoGateways _gateways = null!;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        _cluster = await TestCluster.StartAsync(_redis, Impatient, ("Redis:CommandTimeout", Impatient.Value), ("Redis:ProbeTimeout", Impatient.Value));
        _gateways = await TwoGateways.StartAsync(_cluster, Impatient);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task WhileRedisIsAway_SocketsStay_KnownRevocationsHold_AndNewOnesReachTheOthersOnceItIsBack()
    {
        var (known, stays, later) = (TwoGateways.Sign(TwoGateways.User()), TwoGateways.Sign(TwoGateways.User()), TwoGateways.User());
        await TwoGateways.RevokeAsync(_gateways.A, $$"""{"tokenId": "the known one"}""");
        var revoked = TwoGateways.Sign(TwoGateways.User(), id: "the known one");
        await TwoGateways.WaitUntilRefusedAsync(_gateways.B, revoked);
        await using var staying = await RawWebSocket.ConnectAsync(_gateways.B.Address, "/ws/start/blue", $"Authorization: Bearer {stays}");
        await using var laterOnA = await TwoGateways.ConnectAsync(_gateways.A, TwoGateways.Sign(later));
        await using var laterOnB = await TwoGateways.ConnectAsync(_gateways.B, TwoGateways.Sign(later));

        await _redis.KillAsync();
        await TwoGateways.WaitUntilRedisIsAsync(_gateways.A, ready: false);
        await TwoGateways.WaitUntilRedisIsAsync(_gateways.B, ready: false);
        var (status, answer) = await TwoGateways.RevokeAsync(_gateways.A, $$"""{"user": "{{later}}"}""");

        Assert.Equal((HttpStatusCode.Accepted, "pending", 1), (status, (string?)answer!["reach"], (int)answer["closed"]!));
        await laterOnA.ExpectCloseAsync(4004);
        Assert.Equal(HttpStatusCode.Unauthorized, await TwoGateways.AskAsync(_gateways.A, TwoGateways.Sign(later)));
        Assert.Equal(HttpStatusCode.Unauthorized, await TwoGateways.AskAsync(_gateways.A, revoked));
        Assert.Equal(HttpStatusCode.Unauthorized, await TwoGateways.AskAsync(_gateways.B, revoked));
        Assert.NotEqual(HttpStatusCode.Unauthorized, await TwoGateways.AskAsync(_gateways.B, known));

        await _redis.StartAsync();

        await laterOnB.ExpectCloseAsync(4004);
        Assert.Equal(HttpStatusCode.Unauthorized, await TwoGateways.AskAsync(_gateways.B, TwoGateways.Sign(later)));
        await staying.SendAsync("""{"message": "still here"}""");
        await staying.ExpectAsync("still here");
    }

    [Fact]
    public async Task WhileRedisHangs_ARevocationHoldsHere_AndReachesTheOthersAfterwards()
    {
        var token = TwoGateways.Sign(TwoGateways.User(), id: "revoked while Redis hung");
        await using var onB = await TwoGateways.ConnectAsync(_gateways.B, token);

        await _redis.HangAsync();
        var (status, _) = await TwoGateways.RevokeAsync(_gateways.A, """{"tokenId": "revoked while Redis hung"}""");
        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.Equal(HttpStatusCode.Unauthorized, await TwoGateways.AskAsync(_gateways.A, token));
        await _redis.ResumeAsync();

        await onB.ExpectCloseAsync(4004);
    }

    [Fact]
    public async Task RedisThatLostItsData_IsToldAgain_SoThatLaterGatewaysKnow()
    {
        var token = TwoGateways.Sign(TwoGateways.User(), id: "revoked before the loss");
        await TwoGateways.RevokeAsync(_gateways.A, """{"tokenId": "revoked before the loss"}""");

        await _redis.KillAsync();
        await TwoGateways.WaitUntilRedisIsAsync(_gateways.A, ready: false);
        await _redis.StartAsync();
        await TwoGateways.WaitUntilRedisIsAsync(_gateways.A, ready: true);
        var late = await TwoGateways.StartAsync(_cluster);

        await TwoGateways.PartsWhenReadyAsync(late.B);
        Assert.Equal(HttpStatusCode.Unauthorized, await TwoGateways.AskAsync(late.B, token));
    }

    [Fact]
    public async Task RevocationMadeAnew_WhileRedisTakesNoWrites_TakesThePlaceOfTheOlderOneThere()
    {
        var user = TwoGateways.User();
        await TwoGateways.RevokeAsync(_gateways.A, $$"""{"user": "{{user}}"}""");
        await using var operatorsHand = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration + ",allowAdmin=true");
        var server = operatorsHand.GetServer(_redis.Configuration);
        var all = server.Keys(pattern: "*{revocations}:all").Single();
        var older = await BeforeAsync();

        await server.ConfigSetAsync("min-replicas-to-write", "1");
        var (status, _) = await TwoGateways.RevokeAsync(_gateways.A, $$"""{"user": "{{user}}"}""");
        Assert.Equal((HttpStatusCode.Accepted, older), (status, await BeforeAsync()));
        await _cluster.Logs.WaitForAsync(eventId: RevocationWaits);
        await server.ConfigSetAsync("min-replicas-to-write", "0");

        await Eventually.IsAsync(async _ => await BeforeAsync() > older, "the newer one to be there", Deadline.Length);
        Assert.DoesNotContain(_cluster.Logs.Lines, line => line.Event.Id == RevocationsTooMany);

        async Task<long> BeforeAsync()
        {
            var entry = await operatorsHand.GetDatabase().HashGetAsync(all, $$"""{"user":"{{user}}"}""");
            return long.Parse(entry.ToString().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task PubSubThatIsCut_LosesNoRevocation()
    {
        await using var operatorsHand = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration + ",allowAdmin=true");

        // All of them first: room servers that were just cut as well let nobody in for a moment.
        var sockets = await Task.WhenAll(Enumerable.Range(0, 5)
            .Select(i => TwoGateways.ConnectAsync(_gateways.B, TwoGateways.Sign(TwoGateways.User(), id: $"revoked to the deaf {i}"))));

        for (var i = 0; i < sockets.Length; i++)
        {
            await operatorsHand.GetServer(_redis.Configuration).ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
            await TwoGateways.RevokeAsync(_gateways.A, $$"""{"tokenId": "revoked to the deaf {{i}}"}""");

            await sockets[i].ExpectCloseAsync(4004);
            await sockets[i].DisposeAsync();
        }
    }

    [Fact]
    public async Task RevocationThatPubSubLost_HoldsAsSoonAsTheNextIsHeard()
    {
        var seldomAudited = (await TwoGateways.StartAsync(_cluster, ("Revocations:AuditInterval", "00:01:00"))).B;
        await TwoGateways.RevokeAsync(_gateways.A, """{"tokenId": "heard"}""");
        await TwoGateways.WaitUntilRefusedAsync(seldomAudited, TwoGateways.Sign(TwoGateways.User(), id: "heard"));
        await using var redis = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration);
        var database = redis.GetDatabase();
        var version = redis.GetServer(_redis.Configuration).Keys(pattern: "*:gateway:{revocations}:version").Single();
        var prefix = version.ToString()[..^"version".Length];
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

        // The first one that it heard has it read the list once, which may find the first of these.
        var token = "";
        var isKnown = true;
        for (var i = 0; isKnown && i < 10; i++)
        {
            token = TwoGateways.Sign(TwoGateways.User(), id: $"lost {i}");
            await database.HashSetAsync(prefix + "all", $$"""{"tokenId":"lost {{i}}"}""", $"{now} {now + 60_000}");
            await database.SortedSetAddAsync(prefix + "ends", $$"""{"tokenId":"lost {{i}}"}""", now + 60_000);
            await database.StringIncrementAsync(version);
            isKnown = await TwoGateways.AskAsync(seldomAudited, token) == HttpStatusCode.Unauthorized;
        }

        Assert.False(isKnown);

        await TwoGateways.RevokeAsync(_gateways.A, """{"tokenId": "the next"}""");

        await TwoGateways.WaitUntilRefusedAsync(seldomAudited, token);
    }

    [Fact]
    public async Task RevocationsThatAReplacedMasterTook_AndThoseOfItsSuccessor_HoldEverywhere_ThoughBothCountAlike()
    {
        var seldomAudited = (await TwoGateways.StartAsync(_cluster, ("Revocations:AuditInterval", "00:01:00"))).B;
        var (old, successors) = (TwoGateways.Sign(TwoGateways.User(), id: "by the old master"), TwoGateways.Sign(TwoGateways.User(), id: "by its successor"));
        await TwoGateways.RevokeAsync(_gateways.A, """{"tokenId": "by the old master"}""");
        await TwoGateways.WaitUntilRefusedAsync(seldomAudited, old);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration + ",allowAdmin=true");
        var server = redis.GetServer(_redis.Configuration);
        var prefix = server.Keys(pattern: "*:gateway:{revocations}:version").Single().ToString()[..^"version".Length];
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

        // The successor has as many changes, of which one is another.
        var successor = redis.GetDatabase().CreateTransaction();
        _ = successor.HashDeleteAsync(prefix + "all", """{"tokenId":"by the old master"}""");
        _ = successor.SortedSetRemoveAsync(prefix + "ends", """{"tokenId":"by the old master"}""");
        _ = successor.HashSetAsync(prefix + "all", """{"tokenId":"by its successor"}""", $"{now} {now + 600_000}");
        _ = successor.SortedSetAddAsync(prefix + "ends", """{"tokenId":"by its successor"}""", now + 600_000);
        await successor.ExecuteAsync();
        await server.ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
        await server.ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");

        await TwoGateways.WaitUntilRefusedAsync(seldomAudited, successors);
        await Eventually.IsAsync(
            async _ => await redis.GetDatabase().HashExistsAsync(prefix + "all", """{"tokenId":"by the old master"}"""), "the successor to know what the old master took", Deadline.Length);
    }

    [Fact]
    public async Task GatewayThatStartsWithoutRedis_LetsNoTokenIn_UntilItKnowsWhichAreRevoked()
    {
        var token = TwoGateways.Sign(TwoGateways.User());
        await _redis.KillAsync();
        await using var echo = await EchoGateway.StartAsync(("Redis:Configuration", _redis.Configuration));
        var blind = new TestGateway(echo.Address, echo.Admin);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await TwoGateways.AskAsync(blind, token));
        await using var refused = await RawWebSocket.RequestAsync(
            blind.Address, "GET", "/ws/start/blue", [.. RawWebSocket.Handshake(), $"Authorization: Bearer {token}"]);
        Assert.Equal((503, "2"), (refused.Status, refused.Header("Retry-After")));
        await using var open = await RawWebSocket.RequestAsync(blind.Address, "GET", "/open/x", []);
        Assert.Equal(200, open.Status);
        var (status, readiness) = await TwoGateways.ReadinessAsync(blind);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("503", (string?)readiness["parts"]!["revocations"], StringComparison.Ordinal);

        await _redis.StartAsync();
        await TwoGateways.WaitUntilRedisIsAsync(blind, ready: true);
        Assert.Equal(HttpStatusCode.OK, await TwoGateways.AskAsync(blind, token));
    }

    /// <summary>The version is that of an empty list, and no connection is lost: nothing else would have it read again.</summary>
    [Fact]
    public async Task ListThatCouldNotBeRead_IsReadAgain()
    {
        await using var operatorsHand = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration + ",allowAdmin=true");
        var hand = operatorsHand.GetDatabase();
        await hand.ExecuteAsync("ACL", "SETUSER", "default", "-hgetall");
        await using var echo = await EchoGateway.StartAsync(("Redis:Configuration", _redis.Configuration), ("Redis:KeyPrefix", "unread"));
        var gateway = new TestGateway(echo.Address, echo.Admin);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await TwoGateways.ReadinessAsync(gateway)).Status);

        await hand.ExecuteAsync("ACL", "SETUSER", "default", "+hgetall");

        await TwoGateways.PartsWhenReadyAsync(gateway);
    }

    [Fact]
    public async Task GatewayThatMayAdmitUnknown_LetsTokensInWithoutRedis_AndIsReady()
    {
        await _redis.KillAsync();
        await using var echo = await EchoGateway.StartAsync(("Redis:Configuration", _redis.Configuration), ("Revocations:AdmitWhenUnknown", "true"));
        var trusting = new TestGateway(echo.Address, echo.Admin);

        Assert.Equal(HttpStatusCode.OK, await TwoGateways.AskAsync(trusting, TwoGateways.Sign(TwoGateways.User())));
        var parts = await TwoGateways.PartsWhenReadyAsync(trusting);
        Assert.Equal("ready", (string?)parts["revocations"]);
        Assert.StartsWith("away (", (string?)parts["redis"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task EntryThatIsNoRevocation_IsToldAndPassedOver()
    {
        await using var operatorsHand = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration + ",allowAdmin=true");
        await TwoGateways.RevokeAsync(_gateways.A, """{"tokenId": "a good one"}""");
        var key = operatorsHand.GetServer(_redis.Configuration).Keys(pattern: "*{revocations}:all").Single();
        await operatorsHand.GetDatabase().HashSetAsync(key, "nonsense", "1 2");

        var late = await TwoGateways.StartAsync(_cluster);

        await TwoGateways.PartsWhenReadyAsync(late.B);
        Assert.Equal(HttpStatusCode.Unauthorized, await TwoGateways.AskAsync(late.B, TwoGateways.Sign(TwoGateways.User(), id: "a good one")));
        await _cluster.Logs.WaitForAsync(eventId: 1114);
    }
}
