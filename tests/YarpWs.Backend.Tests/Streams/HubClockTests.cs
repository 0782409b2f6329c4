using Xunit;
using YarpWs.Backend.Streams;

namespace YarpWs.Backend.Tests.Streams;

public sealed class HubClockTests
{
    private readonly HubClock _clock = new();

    [Fact]
    public void ClockOfRedis_IsNotKnown_UntilItWasShown()
    {
        Assert.Equal(0, _clock.ClockAt(500));

        _clock.ShowedClock(1_000, after: 100, isCorrection: false);

        Assert.Equal(1_400, _clock.ClockAt(500));
    }

    [Fact]
    public void AnswerThatWasLongerUnderWay_SaysLess_UnlessRedisCorrectsThisNode()
    {
        _clock.ShowedClock(1_000, after: 100, isCorrection: false);

        _clock.ShowedClock(2_100, after: 1_000, isCorrection: false);
        Assert.Equal(900, _clock.ClockAt(0));

        _clock.ShowedClock(1_800, after: 1_000, isCorrection: false);
        Assert.Equal(800, _clock.ClockAt(0));

        _clock.ShowedClock(5_000, after: 1_000, isCorrection: true);
        Assert.Equal(4_000, _clock.ClockAt(0));
    }
}
