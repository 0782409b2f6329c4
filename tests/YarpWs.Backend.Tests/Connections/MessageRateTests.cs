using Microsoft.Extensions.Time.Testing;
using Xunit;
using YarpWs.Backend.Connections;

namespace YarpWs.Backend.Tests.Connections;

public sealed class MessageRateTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Burst_IsTakenAtOnce_AndNotOneMore()
    {
        var rate = new MessageRate(perSecond: 1, burst: 5, _time);

        Assert.Equal(5, Taken(rate));
    }

    [Fact]
    public void Rate_IsRestored_AsTimePasses()
    {
        var rate = new MessageRate(perSecond: 10, burst: 5, _time);
        Taken(rate);

        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Equal(0, Taken(rate));

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, Taken(rate));

        _time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Equal(3, Taken(rate));
    }

    [Fact]
    public void Pause_HoweverLong_SavesNoMoreThanTheBurst()
    {
        var rate = new MessageRate(perSecond: 10, burst: 5, _time);

        _time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(5, Taken(rate));
    }

    [Fact]
    public void Sender_WhoKeepsToTheRate_IsNeverRefused()
    {
        var rate = new MessageRate(perSecond: 8, burst: 1, _time);

        for (var i = 0; i < 1000; i++)
        {
            Assert.True(rate.TryTake());
            _time.Advance(TimeSpan.FromSeconds(1) / 8);
        }
    }

    private static int Taken(MessageRate rate)
    {
        var taken = 0;
        while (taken < 1000 && rate.TryTake())
        {
            taken++;
        }

        return taken;
    }
}
