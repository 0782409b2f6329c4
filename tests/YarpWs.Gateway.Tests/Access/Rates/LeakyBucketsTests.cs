using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Access.Rates;

namespace YarpWs.Gateway.Tests.Access.Rates;

public sealed class LeakyBucketsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LeakyBuckets _buckets;

    /// <summary>Ten requests a second.</summary>
    public LeakyBucketsTests() => _buckets = new LeakyBuckets(10, _time);

    [Fact]
    public void Requests_AtTheRate_NeedNoBurst()
    {
        for (var request = 0; request < 1000; request++)
        {
            Assert.Equal(0, _buckets.Fill("a", burst: 0));
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    [Fact]
    public void Burst_IsLetInAtOnce_AndThenTheRate()
    {
        Assert.Equal([0, 1, 2, 3], Enumerable.Range(0, 4).Select(_ => _buckets.Fill("a", burst: 2)));

        _time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal([2, 3], Enumerable.Range(0, 2).Select(_ => _buckets.Fill("a", burst: 2)));
    }

    [Fact]
    public void WhatIsBeyondTheBurst_FillsNothing()
    {
        for (var request = 0; request < 100; request++)
        {
            _buckets.Fill("a", burst: 0);
        }

        _time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal(0, _buckets.Fill("a", burst: 0));
    }

    [Fact]
    public void WhatIsTakenBack_IsAsIfItHadNotCome()
    {
        _buckets.Fill("a", burst: 1);
        _buckets.Fill("a", burst: 1);
        _buckets.TakeBack("a");

        Assert.Equal(1, _buckets.Fill("a", burst: 1));
    }

    [Fact]
    public void Keys_HaveBucketsOfTheirOwn()
    {
        _buckets.Fill("a", burst: 0);

        Assert.Equal((0, 1), (_buckets.Fill("b", burst: 0), _buckets.Fill("a", burst: 0)));
    }

    [Fact]
    public void EmptyBuckets_AreForgotten_WhenOthersCome()
    {
        for (var key = 0; key < 1000; key++)
        {
            _buckets.Fill($"early {key}", burst: 0);
        }

        _time.Advance(TimeSpan.FromMinutes(1));
        for (var key = 0; key < 1000; key++)
        {
            _buckets.Fill($"late {key}", burst: 0);
        }

        Assert.Equal(1000, _buckets.Count);
    }

    [Fact]
    public void MoreKeysThanThereIsRoomFor_PushOutWhoHasNotComeForLongest()
    {
        _buckets.Fill("first", burst: 10);
        for (var key = 0; key < LeakyBuckets.MostKeys; key++)
        {
            _buckets.Fill($"{key}", burst: 0);
            _buckets.Fill("busy", burst: 1_000_000);
        }

        Assert.InRange(_buckets.Count, LeakyBuckets.MostKeys - 2, LeakyBuckets.MostKeys);
        Assert.True(_buckets.Fill("busy", burst: 1_000_000) > LeakyBuckets.MostKeys - 1);
        Assert.Equal(0, _buckets.Fill("first", burst: 10));
    }
}
