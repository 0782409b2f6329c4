using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway.Tests.Sockets.Limits;

public sealed class TokenBucketTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly TokenBucket _bucket;

    public TokenBucketTests() => _bucket = new TokenBucket(_time);

    private long Now => _time.GetTimestamp();

    private int TakeAll(Rate rate)
    {
        var taken = 0;
        while (_bucket.TryTake(rate, 1, Now))
        {
            taken++;
        }

        return taken;
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(3, 3)]
    [InlineData(1.5, 4)]
    [InlineData(7, 1)]
    public void Burst_IsThereAtOnce_AndAgainAfterAPause(double perSecond, int burst)
    {
        var rate = new Rate(perSecond, burst);

        Assert.Equal(burst, TakeAll(rate));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(burst, TakeAll(rate));
    }

    [Fact]
    public void Tokens_ComeBackOneByOne()
    {
        var rate = new Rate(10, 5);
        TakeAll(rate);

        Assert.Equal(TimeSpan.FromMilliseconds(100), _bucket.WaitFor(rate, 1, Now));
        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Equal(0, TakeAll(rate));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(TimeSpan.Zero, _bucket.WaitFor(rate, 1, Now));
        Assert.Equal(1, TakeAll(rate));
        Assert.Equal(TimeSpan.FromMilliseconds(500), _bucket.UntilFull(Now));
    }

    [Fact]
    public void TakingMoreThanThereIs_IsMadeUpFor()
    {
        var rate = new Rate(100, 100);

        Assert.Equal(TimeSpan.Zero, _bucket.Take(rate, 100, Now));
        Assert.Equal(TimeSpan.FromSeconds(2), _bucket.Take(rate, 200, Now));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(_bucket.TryTake(rate, 1, Now));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(100, TakeAll(rate));
    }

    [Fact]
    public void WhatIsRefused_TakesNothing()
    {
        var rate = new Rate(1, 3);

        Assert.False(_bucket.TryTake(rate, 4, Now));
        Assert.Equal(3, TakeAll(rate));
    }

    [Fact]
    public void LowerRate_HoldsAtOnce()
    {
        TakeAll(new Rate(100, 100));
        _time.Advance(TimeSpan.FromMilliseconds(500));

        Assert.Equal(0, TakeAll(new Rate(1, 0.5)));
        Assert.Equal(50, TakeAll(new Rate(100, 100)));
    }

    [Fact]
    public void HugeCounts_DoNotOverflow()
    {
        var rate = new Rate(0.01, 1);

        for (var i = 0; i < 10; i++)
        {
            Assert.True(_bucket.Take(rate, long.MaxValue, Now) > TimeSpan.FromHours(23));
        }
    }

    [Fact]
    public void ManyAtOnce_TakeNoMoreThanThereIs()
    {
        var taken = 0;

        Parallel.For(0, 4000, _ =>
        {
            if (_bucket.TryTake(new Rate(1, 1000), 1, Now))
            {
                Interlocked.Increment(ref taken);
            }
        });

        Assert.Equal(1000, taken);
    }
}
