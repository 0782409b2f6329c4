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
        _wheel.Dispose();
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
}
