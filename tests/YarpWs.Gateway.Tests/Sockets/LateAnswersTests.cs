using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Sockets;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Tests.Sockets;

/// <summary>Whose silence counts while this process is late itself: pings every 30 s, and 10 s for the answer.</summary>
public sealed class LateAnswersTests : IAsyncLifetime
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(40);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly DeadlineWheel _wheel;
    private readonly ProcessDelay _delay;
    private readonly LateAnswers _late;
    private readonly TestSocket _socket;
    private bool _isCut;

    public LateAnswersTests()
    {
        _wheel = new DeadlineWheel(_time, NullLogger<DeadlineWheel>.Instance);
        _delay = Delays.None(_time);
        _late = new LateAnswers(_delay, _wheel);
        var options = new SocketOptions { PingInterval = TimeSpan.FromSeconds(30), PongTimeout = TimeSpan.FromSeconds(10), BackendTimeout = TimeSpan.FromMinutes(10) };
        _socket = new TestSocket(_wheel, _time, options) { Aborted = () => _isCut = true };
    }

    public async ValueTask InitializeAsync() => await _late.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _late.StopAsync(CancellationToken.None);
        _socket.Dispose();
        _delay.Dispose();
        _wheel.Dispose();
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
        Pass(10 * Quiet, LateAnswers.LongDelay);

        Assert.False(_isCut);
    }

    [Fact]
    public void Silence_OfAClient_AfterThisProcessWasLate_CountsFromThere()
    {
        Pass(Quiet - TimeSpan.FromSeconds(1), TimeSpan.Zero);
        Pass(10 * Quiet, LateAnswers.LongDelay);
        Assert.False(_isCut);

        Pass(TimeSpan.FromSeconds(2), TimeSpan.Zero);
        Assert.True(_isCut);
    }

    [Fact]
    public void Silence_OfAClient_WhileThisProcessIsALittleLate_Counts()
    {
        Pass(Quiet + TimeSpan.FromSeconds(1), LateAnswers.LongDelay - TimeSpan.FromMilliseconds(1));

        Assert.True(_isCut);
    }

    [Fact]
    public async Task Lateness_AfterTheEnd_IsNotHeardOfAnyMore()
    {
        await _late.StopAsync(TestContext.Current.CancellationToken);
        Pass(Quiet + TimeSpan.FromSeconds(1), LateAnswers.LongDelay);

        Assert.True(_isCut);
    }

    /// <summary>The wheel and the measurement beat at the same pace.</summary>
    private void Pass(TimeSpan time, TimeSpan delay)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += DeadlineWheel.Tick)
        {
            _time.Advance(DeadlineWheel.Tick);
            _delay.Add(delay);
            _wheel.Turn();
        }
    }
}
