using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Platform.Redis;
using YarpWs.Tests.Logs;

namespace YarpWs.Platform.Tests.Redis;

/// <summary>What is done with what Sentinels say. One that is played is quicker than three that run, and says it when the test wants.</summary>
public sealed class RedisMasterTests : IAsyncLifetime
{
    private const string Service = "rooms";

    private const int StepsDown = 3200;
    private const int WasReplaced = 3201;
    private const int Stays = 3202;
    private const int WatchFailed = 3203;

    private static readonly IPEndPoint Old = new(IPAddress.Loopback, 7001);
    private static readonly IPEndPoint New = new(IPAddress.Loopback, 7002);

    private readonly PlayedSentinel _sentinel = new(Service, Old);
    private readonly PlayedSentinel _other = new(Service, Old);
    private readonly FakeTimeProvider _time = new();
    private readonly LogCollector _logs = new();
    private readonly LoggerFactory _loggers;
    private readonly RedisMaster _master;

    public RedisMasterTests()
    {
        _loggers = new LoggerFactory([_logs]);
        var settings = RedisSettings.Read($"{_sentinel.Address},serviceName={Service},user=rooms,password=secret", "t", Deadline.Length, "tests");
        (settings.SentinelUser, settings.SentinelPassword) = ("watcher", "other secret");
        _master = new RedisMaster(settings, _time, _loggers.CreateLogger<RedisMaster>());
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _master.DisposeAsync().AsTask().WaitAsync(Deadline.Length);
        await _sentinel.DisposeAsync();
        await _other.DisposeAsync();
        _loggers.Dispose();
        Assert.DoesNotContain(_logs.Lines, line => line.Level >= LogLevel.Error && line.Event.Id != WatchFailed);
    }

    [Fact]
    public async Task Master_IsFound_OnceASentinelNamesIt_AndNotBefore()
    {
        _sentinel.KnowsService = false;
        _master.Start();
        using var impatient = new CancellationTokenSource();
        var finding = _master.FindAsync(impatient.Token);
        await AskedAsync(_sentinel, "SENTINEL SENTINELS");
        Assert.Null(_master.Current);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => finding);

        _sentinel.KnowsService = true;

        Assert.Equal(Old, await FindAsync());
        Assert.Equal(Old, _master.Current);
        Assert.False(_master.IsSteppingDown);
        Assert.Empty(_logs.Lines);
    }

    [Fact]
    public async Task Master_ThatIsToBeReplaced_IsGivenToNobody_UntilItsSuccessorIsNamed_AndTheOldOnesConnectionsAreLeft()
    {
        await StartAsync();
        var changes = 0;
        var wasSteppingDown = false;
        _master.Changed += () => Interlocked.Increment(ref changes);
        _master.Replaced += () => wasSteppingDown = _master.IsSteppingDown && _master.Current!.Equals(New);

        _sentinel.Flags = "master,failover_in_progress";
        _sentinel.Say("+try-failover", $"master {Service} {Old.Address} {Old.Port}");
        await _logs.WaitForAsync(StepsDown);
        Assert.True(_master.IsSteppingDown);
        var finding = _master.FindAsync(Cancellation);
        Assert.False(finding.IsCompleted);

        _sentinel.Promote(New, epoch: 2);
        _sentinel.Say("+switch-master", $"{Service} {Old.Address} {Old.Port} {New.Address} {New.Port}");
        Assert.Equal(New, await finding.WaitAsync(Deadline.Length, Cancellation));
        await _logs.WaitForAsync(WasReplaced);
        Assert.True(wasSteppingDown);
        Assert.False(_master.IsSteppingDown);
        await EventuallyAsync(() => Volatile.Read(ref changes) == 2);
        Assert.DoesNotContain(_logs.Lines, line => line.Event.Id == Stays);
    }

    [Fact]
    public async Task Failover_CountsFromItsAnnouncementOn_BeforeTheSentinelTellsOfItWhenAsked()
    {
        await StartAsync();

        _sentinel.Say("+try-failover", $"master {Service} {Old.Address} {Old.Port}");

        await _logs.WaitForAsync(StepsDown);
        await _logs.WaitForAsync(Stays);
    }

    [Fact]
    public async Task Failover_ThatIsGivenUp_LeavesTheMaster()
    {
        await StartAsync();
        var changes = 0;
        _master.Changed += () => Interlocked.Increment(ref changes);
        _sentinel.Flags = "master,failover_in_progress";
        _sentinel.Say("+try-failover", $"master {Service} {Old.Address} {Old.Port}");
        await _logs.WaitForAsync(StepsDown);

        _sentinel.Flags = "master";
        _sentinel.Say("-failover-abort-no-good-slave", $"master {Service} {Old.Address} {Old.Port}");
        await _logs.WaitForAsync(Stays);

        Assert.Equal(Old, await FindAsync());
        Assert.False(_master.IsSteppingDown);
        await EventuallyAsync(() => Volatile.Read(ref changes) == 2);
    }

    [Fact]
    public async Task Failover_OfAnotherService_IsNone()
    {
        await StartAsync();

        _sentinel.Say("+try-failover", $"master another {Old.Address} {Old.Port}");
        await AskedAsync(_sentinel, "SENTINEL MASTER", times: Count(_sentinel, "SENTINEL MASTER") + 2);

        Assert.Empty(_logs.Lines);
    }

    [Fact]
    public async Task Sentinel_ThatHasMadeAMaster_NamesIt_WhileTheReplicasAreStillToTurn()
    {
        await StartAsync();

        (_sentinel.Named, _sentinel.Epoch, _sentinel.Flags) = (New, 2, "master,failover_in_progress");
        _sentinel.Say("+promoted-slave", "");
        await _logs.WaitForAsync(WasReplaced);

        Assert.Equal(New, await FindAsync());
        Assert.False(_master.IsSteppingDown);
    }

    [Fact]
    public async Task Sentinel_ThatFallsSilentInAFailover_HoldsUpNobody_LongerThanTheOthersWould()
    {
        await StartAsync();
        _sentinel.Flags = "master,failover_in_progress";
        _sentinel.Say("+try-failover", $"master {Service} {Old.Address} {Old.Port}");
        await _logs.WaitForAsync(StepsDown);

        _sentinel.KnowsService = false;
        await _sentinel.DisposeAsync();
        _time.Advance(SentinelAnswers.SilencePatience);

        await _logs.WaitForAsync(Stays);
        Assert.Equal(Old, await FindAsync());
    }

    [Fact]
    public async Task Sentinels_ThatOneKnows_AreFollowedToo_AndTheNewestFailoverCounts()
    {
        _sentinel.Others = [_other];
        await StartAsync();
        await AskedAsync(_other, "SENTINEL MASTER");

        _other.Promote(New, epoch: 2);
        _other.Say("+switch-master", "");
        await _logs.WaitForAsync(WasReplaced);

        Assert.Equal(New, await FindAsync());
    }

    [Fact]
    public async Task Sentinels_OfOneThatDidNotKnowTheServiceAtFirst_AreFollowedToo()
    {
        (_sentinel.Others, _sentinel.KnowsService) = ([_other], false);
        _master.Start();
        await AskedAsync(_sentinel, "SENTINEL SENTINELS");

        _sentinel.KnowsService = true;

        await AskedAsync(_other, "SENTINEL MASTER");
    }

    [Fact]
    public async Task Sentinel_ThatSaysWhatNobodyUnderstands_IsTold_AndTheOthersAreFollowedOn()
    {
        _sentinel.Others = [_other];
        await StartAsync();

        _sentinel.Epoch = null;
        await _logs.WaitForAsync(WatchFailed);
        _other.Promote(New, epoch: 2);

        await _logs.WaitForAsync(WasReplaced);
    }

    [Fact]
    public async Task Sentinel_IsGivenALoginOfItsOwn()
    {
        await StartAsync();

        Assert.Contains(_sentinel.Asked, asked => asked == "AUTH watcher other secret");
        Assert.DoesNotContain(_logs.Lines, line => line.Event.Id == WatchFailed);
        Assert.DoesNotContain(_sentinel.Asked, asked => asked == "AUTH rooms secret");
    }

    private static Task AskedAsync(PlayedSentinel sentinel, string question, int times = 1) => EventuallyAsync(() => Count(sentinel, question) >= times);

    private static int Count(PlayedSentinel sentinel, string question) => sentinel.Asked.Count(asked => asked.StartsWith(question, StringComparison.Ordinal));

    /// <summary>Asks again until it is so, where no event tells.</summary>
    private static async Task EventuallyAsync(Func<bool> isSo)
    {
        using var deadline = new CancellationTokenSource(Deadline.Length);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!isSo())
        {
            await again.WaitForNextTickAsync(deadline.Token);
        }
    }

    private async Task StartAsync()
    {
        _master.Start();
        Assert.Equal(Old, await FindAsync());

        // From now on what it says is heard.
        await AskedAsync(_sentinel, "SENTINEL SENTINELS");
    }

    private Task<EndPoint> FindAsync() => _master.FindAsync(Cancellation).WaitAsync(Deadline.Length, Cancellation);
}
