using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Sockets;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Tests.Sockets;

/// <summary>Whose silence counts while this process is late itself: pings every 30 s, and 10 s for the answer.</summary>
public sealed class WheelBeatTests : IAsyncLifetime
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(40);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly DeadlineWheel _wheel;
    private readonly ProcessDelay _delay;
    private readonly WheelBeat _beat;
    private readonly TestSocket _socket;
    private bool _isCut;

    public WheelBeatTests()
    {
        _wheel = new DeadlineWheel(_time, NullLogger<DeadlineWheel>.Instance);
        _delay = Delays.None(_time);
        _beat = new WheelBeat(_delay, _wheel);
        var options = new SocketOptions { PingInterval = TimeSpan.FromSeconds(30), PongTimeout = TimeSpan.FromSeconds(10), BackendTimeout = TimeSpan.FromMinutes(10) };
        _socket = new TestSocket(_wheel, _time, options) { Aborted = () => _isCut = true };
    }

    public async ValueTask InitializeAsync() => await _beat.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _beat.StopAsync(CancellationToken.None);
        _socket.Dispose();
        _delay.Dispose();
    }

    [Fact]
    public void Silence_OfAClient_WhileThisProcessIsInTime_CutsItsSocket()
    {
        Pass(Quiet + TimeSpan.FromSeconds(1), TimeSpan.Zero);

        Assert.True(_isCut);
    }

    [Fact]
    public void Silence_OfAClient_WhileThisProcessIsLate_SaysNothing()
    {
        Pass(10 * Quiet, WheelBeat.LongDelay);

        Assert.False(_isCut);
    }

    [Fact]
    public void Silence_OfAClient_AfterThisProcessWasLate_CountsFromThere()
    {
        Pass(Quiet - TimeSpan.FromSeconds(1), TimeSpan.Zero);
        Pass(10 * Quiet, WheelBeat.LongDelay);
        Assert.False(_isCut);

        Pass(TimeSpan.FromSeconds(2), TimeSpan.Zero);
        Assert.True(_isCut);
    }

    [Fact]
    public void Silence_OfAClient_WhileThisProcessIsALittleLate_Counts()
    {
        Pass(Quiet + TimeSpan.FromSeconds(1), WheelBeat.LongDelay - TimeSpan.FromMilliseconds(1));

        Assert.True(_isCut);
    }

    [Fact]
    public async Task Silence_OfAClient_AfterTheEnd_IsNotLookedAtAnyMore()
    {
        await _beat.StopAsync(TestContext.Current.CancellationToken);
        Pass(Quiet + TimeSpan.FromSeconds(1), TimeSpan.Zero);

        Assert.False(_isCut);
    }

    private void Pass(TimeSpan time, TimeSpan delay)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += DeadlineWheel.Tick)
        {
            _time.Advance(DeadlineWheel.Tick);
            _delay.Add(delay);
        }
    }
}
