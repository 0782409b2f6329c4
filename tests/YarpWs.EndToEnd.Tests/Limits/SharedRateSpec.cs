using StackExchange.Redis;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Limits;

/// <summary>Two gateways that count together. A rate of one in an hour lets in no more while a test runs.</summary>
public abstract class SharedRateSpec : IAsyncLifetime
{
    private protected const string Rates = "ReverseProxy:Routes:open:RequestRates";
    private EchoGateway _b = null!;

    private protected EchoGateway A { get; private set; } = null!;

    private protected abstract RedisUnderTest Redis { get; }

    public virtual async ValueTask InitializeAsync()
    {
        await Redis.StartAsync();
        (A, _b) = (await StartAsync(), await StartAsync());
    }

    public virtual async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await _b.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task GatewaysTogether_LetInAsManyAsTheRateAndItsBurst()
    {
        var key = Key();

        Assert.Equal([200, 200, 429, 429], await AskEachAsync((A, key), (_b, key), (A, key), (_b, key)));
        Assert.Equal(200, await AskAsync(_b, Key()));
    }

    [Fact]
    public async Task RequestsAtOnce_OnBothGateways_AreCountedOneByOne()
    {
        var key = Key();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(index => AskAsync(index % 2 == 0 ? A : _b, key)));

        Assert.Equal(2, answers.Count(status => status == 200));
    }

    [Fact]
    public async Task WhatAnotherRateRefuses_IsNotCounted()
    {
        var (key, other) = (Key(), Key());
        Assert.Equal(200, await AskAsync(A, key, other));
        Assert.Equal(429, await AskAsync(_b, key, other));

        // It is taken back without anybody waiting for that.
        await Eventually.IsAsync(async _ => await AskAsync(_b, key) == 200, "the request to be taken back", Deadline.Length);
        Assert.Equal(429, await AskAsync(A, key));
    }

    private protected static string Key() => Guid.NewGuid().ToString("N");

    private protected static async Task<int> AskAsync(EchoGateway gateway, string key, string? other = null)
    {
        await using var answer = await gateway.AskAsync(Way.Request, "/open/x", [$"X-Key: {key}", .. other is null ? Array.Empty<string>() : [$"X-Other: {other}"]]);
        return answer.Status;
    }

    /// <summary>One after the other.</summary>
    private protected static async Task<List<int>> AskEachAsync(params (EchoGateway Gateway, string Key)[] requests)
    {
        var statuses = new List<int>();
        foreach (var (gateway, key) in requests)
        {
            statuses.Add(await AskAsync(gateway, key));
        }

        return statuses;
    }

    /// <summary>A gateway with two shared rates: two in an hour by one header, one by another.</summary>
    private protected Task<EchoGateway> StartAsync(params (string Key, string? Value)[] settings) => EchoGateway.StartAsync(
    [
        ("Redis:Configuration", Redis.Configuration), ("Redis:CommandTimeout", "00:00:30"),
        ($"{Rates}:0:Key", "$http_x_key"), ($"{Rates}:0:Requests", "1"), ($"{Rates}:0:Per", "01:00:00"), ($"{Rates}:0:Burst", "1"), ($"{Rates}:0:Shared", "true"),
        ($"{Rates}:1:Key", "$http_x_other"), ($"{Rates}:1:Requests", "1"), ($"{Rates}:1:Per", "01:00:00"), ($"{Rates}:1:Shared", "true"),
        .. settings,
    ]);
}

public sealed class SharedRateOnGarnet : SharedRateSpec
{
    private readonly EmbeddedGarnet _redis = new();

    private protected override RedisUnderTest Redis => _redis;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _redis.DisposeAsync();
    }
}

public sealed class SharedRateOnRedis : SharedRateSpec
{
    private readonly RedisServer _redis = new();

    private protected override RedisUnderTest Redis => _redis;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Redis_KeepsNoKeyOfAClient_AndForgetsEach()
    {
        var key = Key();
        await AskAsync(A, key);

        await using var redis = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration);
        var names = redis.GetServer(_redis.Configuration).Keys(pattern: "yarpws:gateway:rate:*").ToList();

        Assert.NotEmpty(names);
        Assert.DoesNotContain(names, name => name.ToString().Contains(key, StringComparison.Ordinal));
        Assert.All(names, name => Assert.InRange(redis.GetDatabase().KeyTimeToLive(name)!.Value, TimeSpan.FromMinutes(50), TimeSpan.FromHours(3)));
    }

    [Fact]
    public async Task BucketOfAClockThatWasAhead_LeaksFromNowOn()
    {
        var key = Key();
        await AskAsync(A, key);
        await AskAsync(A, key);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration);
        var name = redis.GetServer(_redis.Configuration).Keys(pattern: "yarpws:gateway:rate:*").Single();
        await redis.GetDatabase().StringSetAsync(name, $"1.000000 {DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()}000");

        Assert.Equal(429, await AskAsync(A, key));

        Assert.InRange(
            long.Parse(((string)(await redis.GetDatabase().StringGetAsync(name))!).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) / 1000,
            1,
            TimeProvider.System.GetUtcNow().AddMinutes(1).ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task WhileRedisIsAway_EachGatewayCountsAlone_OrRefuses_AndTogetherAgainOnceItIsBack()
    {
        await using var alone = await StartAsync();
        await using var strict = await StartAsync(($"{Rates}:0:WithoutRedis", "Refuse"));
        var key = Key();
        Assert.Equal(200, await AskAsync(alone, key));
        Assert.Equal(200, await AskAsync(strict, key));
        Assert.Equal(429, await AskAsync(alone, key));

        await _redis.KillAsync();

        Assert.Equal([200, 200, 429, 503], await AskEachAsync((alone, key), (alone, key), (alone, key), (strict, key)));
        await alone.Logs.WaitForAsync(1322);

        await _redis.StartAsync();
        await Eventually.IsAsync(async _ => await AskAsync(strict, Key()) == 200, "Redis to be asked again", Deadline.Length);
        await Eventually.IsAsync(async _ => await AskAsync(alone, Key()) == 200 && alone.Logs.Lines.Any(line => line.Event.Id == 1323), "the gateways to count together", Deadline.Length);
        var next = Key();
        Assert.Equal([200, 200, 429], await AskEachAsync((alone, next), (strict, next), (alone, next)));
    }

    [Fact]
    public async Task RequestsWaitForARedisThatHangs_NoLongerThanForACommand()
    {
        await using var alone = await StartAsync(("Redis:CommandTimeout", "00:00:02"));
        var key = Key();
        Assert.Equal(200, await AskAsync(alone, key));

        await _redis.HangAsync();
        try
        {
            Assert.Equal([200, 200, 429], await AskEachAsync((alone, key), (alone, key), (alone, key)));
        }
        finally
        {
            await _redis.ResumeAsync();
        }
    }
}
