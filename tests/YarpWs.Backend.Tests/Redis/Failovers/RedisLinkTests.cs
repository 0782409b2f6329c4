using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using Xunit;
using YarpWs.Platform.Redis;
using YarpWs.Platform.Transport;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Redis.Failovers;

/// <summary>Two servers, of which a Sentinel that is played names one: what takes seconds and six processes where Sentinels run.</summary>
public sealed class RedisLinkTests : IAsyncLifetime
{
    private const string Service = "rooms";

    private readonly EmbeddedGarnet _first = new();
    private readonly EmbeddedGarnet _second = new();
    private readonly EventLoops _loops = new(2, TimeProvider.System);
    private PlayedSentinel _sentinel = null!;
    private RedisLink _link = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _first.StartAsync();
        await _second.StartAsync();
        _sentinel = new PlayedSentinel(Service, Address(_first));
        _link = await OpenAsync($"{_sentinel.Address},serviceName={Service}");
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync().AsTask().WaitAsync(Deadline.Length, Cancellation);
        await _sentinel.DisposeAsync();
        _loops.Dispose();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task Commands_GoToTheMasterThatIsNamed_AndOnceItIsReplaced_ToItsSuccessor()
    {
        await SetAsync(_link, "before");

        await ReplaceAsync();
        await SetAsync(_link, "after");

        Assert.Equal(("before", null), await KeysAsync(_first));
        Assert.Equal((null, "after"), await KeysAsync(_second));
    }

    [Fact]
    public async Task Commands_AreRefused_WhileTheMasterIsToBeReplaced_AndGoOnWhereItStays()
    {
        await SetAsync(_link, "before");
        _sentinel.Flags = "master,failover_in_progress";
        await ChangedAsync(() => _sentinel.Say("+try-failover", $"master {Service} 127.0.0.1 {_first.Port}"));
        Assert.Throws<RedisConnectionException>(() => _link.Database);

        _sentinel.Flags = "master";
        await ChangedAsync(() => _sentinel.Say("-failover-abort-no-good-slave", $"master {Service} 127.0.0.1 {_first.Port}"));

        await SetAsync(_link, "after");
        Assert.Equal(("before", "after"), await KeysAsync(_first));
    }

    [Fact]
    public async Task AnotherLink_GoesToTheSameMaster_AndTheSentinelsAreFollowedOn_WhenItEnds()
    {
        await using (var another = await _link.OpenAnotherAsync())
        {
            await SetAsync(another, "before");
        }

        await ReplaceAsync();
        await SetAsync(_link, "after");

        Assert.Equal(("before", null), await KeysAsync(_first));
        Assert.Equal((null, "after"), await KeysAsync(_second));
    }

    [Fact]
    public async Task WithoutSentinels_AConnectionThatIsLost_AndOneThatIsBack_AreTold()
    {
        await using var link = await OpenAsync(_first.Configuration);
        await SetAsync(link, "before");
        var changes = 0;
        link.Changed += () => Interlocked.Increment(ref changes);

        await _first.KillAsync();
        await EventuallyAsync(() => Task.FromResult(Volatile.Read(ref changes) > 0 && !link.Multiplexer.IsConnected));
        var lost = Volatile.Read(ref changes);
        await _first.StartAsync();
        await SetAsync(link, "after");

        await EventuallyAsync(() => Task.FromResult(Volatile.Read(ref changes) > lost));
    }

    private static IPEndPoint Address(RedisUnderTest redis) => new(IPAddress.Loopback, redis.Port);

    private static async Task<(string?, string?)> KeysAsync(RedisUnderTest redis)
    {
        await using var server = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        return (await server.GetDatabase().StringGetAsync("before"), await server.GetDatabase().StringGetAsync("after"));
    }

    /// <summary>Writes a key of its own name, as soon as the link can.</summary>
    private static Task SetAsync(RedisLink link, string key) => EventuallyAsync(async () =>
    {
        try
        {
            return await link.Database.StringSetAsync(key, key);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return false;
        }
    });

    private static async Task EventuallyAsync(Func<Task<bool>> isSo)
    {
        using var deadline = new CancellationTokenSource(Deadline.Length);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await isSo())
        {
            await again.WaitForNextTickAsync(deadline.Token);
        }
    }

    private async Task ReplaceAsync()
    {
        _sentinel.Promote(Address(_second), epoch: 2);
        await ChangedAsync(() => _sentinel.Say("+switch-master", $"{Service} 127.0.0.1 {_first.Port} 127.0.0.1 {_second.Port}"));
    }

    private async Task ChangedAsync(Action cause)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Note() => changed.TrySetResult();
        _link.Changed += Note;
        cause();
        await changed.Task.WaitAsync(Deadline.Length, Cancellation);
        _link.Changed -= Note;
    }

    private Task<RedisLink> OpenAsync(string configuration) =>
        RedisLink.OpenAsync(RedisSettings.Read(configuration, "t", TimeSpan.FromSeconds(10), "tests"), _loops, NullLoggerFactory.Instance);
}
