using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using Xunit;
using YarpWs.EndToEnd.Tests.Access;
using YarpWs.Gateway.Access.Sessions;
using YarpWs.Gateway.Redis;

namespace YarpWs.EndToEnd.Tests.Sessions;

/// <summary>How a gateway's keys of sessions and those in Redis become the same.</summary>
public sealed class SessionKeySyncTests : IClassFixture<SharedSessionSite>, IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly SessionKeyEncryption _encryption = new(TwoGateways.User());
    private readonly SessionKeyRing _ring;
    private readonly HandTime _time = new();
    private readonly SessionKeySync _sync;
    private readonly IDatabase _redis;
    private readonly RedisKey _keys;
    private readonly RedisKey _lock;

    public SessionKeySyncTests(SharedSessionSite shared)
    {
        var services = shared.Site.ServicesOf(0);
        var names = services.GetRequiredService<RedisNames>();
        var redis = services.GetRequiredService<RedisConnection>();
        (_redis, _keys, _lock) = (redis.Database, names.SessionKeys(_encryption.Name), names.SessionKeysLock(_encryption.Name));
        _ring = NewRing();
        _sync = new SessionKeySync(_ring, _encryption, redis, names, _time);
    }

    public void Dispose()
    {
        _sync.Dispose();
        _ring.Dispose();
    }

    [Fact]
    public async Task FirstGatewayOfAll_MakesAKey_AndKeepsItInRedis()
    {
        await StartAsync();

        Assert.Equal(Assert.Single(_ring.All).Key, Assert.Single(await _redis.HashKeysAsync(_keys)).ToString());
    }

    [Fact]
    public async Task KeyThatAnotherGatewayHasMade_IsReadWithinAMinute()
    {
        await StartAsync();
        var name = await MakeAtAnotherAsync();

        await MoveAsync(Minute);

        Assert.Contains(name, _ring.All.Keys);
    }

    [Fact]
    public async Task RedisThatCameBackEmpty_HasTheKeysAgainWithinAMinute()
    {
        await StartAsync();
        await _redis.KeyDeleteAsync(_keys);

        await MoveAsync(Minute);

        Assert.Equal(_ring.All.Keys, (await _redis.HashKeysAsync(_keys)).Select(name => name.ToString()));
    }

    [Fact]
    public async Task FirstKey_ThatAnotherGatewayMakesInThisMoment_IsWaitedFor_AndReadASecondLater()
    {
        var second = TimeSpan.FromSeconds(1);
        await _redis.StringSetAsync(_lock, RedisValue.EmptyString);
        await _sync.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(second, await _time.NextTimerAsync());
        Assert.False(_ring.IsKnown);
        var name = await MakeAtAnotherAsync();

        _time.Move(second);

        Assert.Equal(Minute, await _time.NextTimerAsync());
        Assert.Equal([name], _ring.All.Keys);
    }

    private async Task StartAsync()
    {
        await _sync.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Minute, await _time.NextTimerAsync());
    }

    /// <summary>Comes when it has looked at Redis, and waits again.</summary>
    private async Task MoveAsync(TimeSpan time)
    {
        _time.Move(time);
        await _time.NextTimerAsync();
    }

    /// <summary>Returns the key's name.</summary>
    private async Task<string> MakeAtAnotherAsync()
    {
        using var other = NewRing();
        other.CreateFirst(TimeProvider.System.GetUtcNow());
        var (name, xml) = Assert.Single(other.All);
        await _redis.HashSetAsync(_keys, name, xml);
        return name;
    }

    private SessionKeyRing NewRing() => new(_encryption, NullLoggerFactory.Instance);
}
