using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Tests.Sockets;

public sealed class DeadlineWheelTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly CollectedLog _log = new();
    private readonly LoggerFactory _loggers;
    private readonly DeadlineWheel _wheel;

    public DeadlineWheelTests()
    {
        _loggers = new LoggerFactory([_log]);
        _wheel = new DeadlineWheel(_time, _loggers.CreateLogger<DeadlineWheel>());
    }

    public void Dispose()
    {
        _loggers.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Socket_ThatCannotBeLookedAt_IsLogged_AndTheOthersAreServed()
    {
        var cuts = 0;
        using var broken = Open(() => throw new InvalidOperationException("broken"));
        using var sound = Open(() => cuts++);

        Turn(TimeSpan.FromSeconds(61));

        Assert.Contains("Socket 1 is no longer watched", await _log.ExpectAsync(1301), StringComparison.Ordinal);
        Assert.Equal(1, cuts);
    }

    [Fact]
    public void Pause_IsNotHeldAgainstClients_ButTokensExpireInIt()
    {
        var cut = "";
        using var quiet = Open(() => cut = "quiet");
        using var expiring = Open(() => cut = "expired", tokenLasts: TimeSpan.FromMinutes(5));
        Turn(TimeSpan.FromSeconds(59));

        _time.Advance(TimeSpan.FromMinutes(10));
        _wheel.Turn();
        Assert.Empty(cut);

        Turn(TimeSpan.FromSeconds(2));
        Assert.Equal("quiet", cut);

        Turn(TimeSpan.FromSeconds(4));
        Assert.Equal("expired", cut);
    }

    [Fact]
    public void Socket_IsLookedAt_WhenSomethingMayBeDue_AndNotAtEveryTick()
    {
        var time = new CountedTime();
        var wheel = new DeadlineWheel(time, _loggers.CreateLogger<DeadlineWheel>());
        var cuts = 0;
        var options = new SocketOptions { PingInterval = TimeSpan.FromMinutes(5), PongTimeout = TimeSpan.FromMinutes(1), BackendTimeout = TimeSpan.FromMinutes(10) };
        using var quiet = new TestSocket(wheel, time, options) { Aborted = () => cuts++ };
        var looks = 0;

        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromSeconds(370); passed += DeadlineWheel.Tick)
        {
            time.Advance(DeadlineWheel.Tick);
            var before = time.Asked;
            wheel.Turn();
            looks += time.Asked - before;
        }

        // When it comes, whenever the wheel has come round, which takes 102 s, when it is pinged and when it is cut.
        Assert.Equal(1, cuts);
        Assert.InRange(looks, 3, 8);
    }

    private void Turn(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += DeadlineWheel.Tick)
        {
            _time.Advance(DeadlineWheel.Tick);
            _wheel.Turn();
        }
    }

    private TestSocket Open(Action cut, TimeSpan? tokenLasts = null) =>
        new(_wheel, _time, new SocketOptions { BackendTimeout = TimeSpan.FromMinutes(10) }, tokenLasts) { Aborted = cut };

    /// <summary>Each look at a socket asks for the date, since its token may have expired.</summary>
    private sealed class CountedTime : FakeTimeProvider
    {
        public int Asked { get; private set; }

        public override DateTimeOffset GetUtcNow()
        {
            Asked++;
            return base.GetUtcNow();
        }

        /// <summary>The base makes it of the date; the wheel's own clock is no look at a socket.</summary>
        public override long GetTimestamp()
        {
            var asked = Asked;
            var timestamp = base.GetTimestamp();
            Asked = asked;
            return timestamp;
        }
    }
}
