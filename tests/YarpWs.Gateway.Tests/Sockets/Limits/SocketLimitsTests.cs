using System.Net;
using YarpWs.Gateway.Routes;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Limits;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Tests.Sockets.Limits;

public sealed class SocketLimitsTests : IDisposable
{
    private readonly LimitsUnderTest _test = new();

    public void Dispose() => _test.Dispose();

    [Fact]
    public void Socket_TooManyForItsRoute_IsRefusedWith503_UntilAPlaceIsGivenBack()
    {
        var options = new SocketOptions { MaxSockets = 2 };
        var first = _test.Enter(options).Place!;
        Assert.NotNull(_test.Enter(options).Place);
        Assert.NotNull(_test.Enter(options, route: "other").Place);

        var refusal = _test.Enter(options).Refusal!;
        Assert.Equal(503, refusal.Status);
        Assert.InRange(refusal.RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));

        first.Dispose();
        Assert.NotNull(_test.Enter(options).Place);
        Assert.NotNull(_test.Enter(options).Refusal);
    }

    [Fact]
    public void User_HasOneLimit_WhereverItComesFrom_AndIsAnotherUnderAnotherIssuer()
    {
        var options = new SocketOptions { MaxSocketsPerUser = 1 };
        _test.Enter(options, "ann", "192.0.2.1", issuer: "a");

        Assert.Equal(429, _test.Enter(options, "ann", "198.51.100.1", issuer: "a").Refusal?.Status);
        Assert.NotNull(_test.Enter(options, "ann", issuer: "b").Place);
        Assert.NotNull(_test.Enter(options, "bob", issuer: "a").Place);
        Assert.NotNull(_test.Enter(options).Place);
        Assert.NotNull(_test.Enter(options).Place);
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("2001:db8::1", "2001:db8::ffff:1", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    public void Address_OverIPv6_IsItsNetwork(string one, string other, bool isSame)
    {
        var options = new SocketOptions { MaxSocketsPerAddress = 1 };
        _test.Enter(options, address: one);

        Assert.Equal(isSame ? 429 : null, _test.Enter(options, address: other).Refusal?.Status);
    }

    [Fact]
    public void Handshakes_ThatAreTooFast_AreToldWhenToComeBack()
    {
        var options = new SocketOptions { HandshakesPerSecondPerUser = Rate.Parse("0.5 burst 3"), HandshakesPerSecondPerAddress = Rate.Parse("100") };
        for (var i = 0; i < 3; i++)
        {
            _test.Enter(options, "ann").Place!.Dispose();
        }

        var refusal = _test.Enter(options, "ann").Refusal!;
        Assert.Equal((429, TimeSpan.FromSeconds(2)), (refusal.Status, refusal.RetryAfter));

        _test.Time.Advance(refusal.RetryAfter);
        Assert.NotNull(_test.Enter(options, "ann").Place);
    }

    [Fact]
    public void Refused_HasTakenNothing()
    {
        var options = new SocketOptions { MaxSockets = 2, MaxSocketsPerUser = 1, HandshakesPerSecondPerAddress = Rate.Parse("1 burst 2") };
        _test.Enter(options, "ann");

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(429, _test.Enter(options, "ann").Refusal?.Status);
        }

        Assert.NotNull(_test.Enter(options, "bob").Place);
    }

    [Fact]
    public void Counting_RefusesNobody_AndTellsEveryLimitThatWouldHave()
    {
        var options = new SocketOptions
        {
            Limits = LimitMode.Count,
            MaxSockets = 1,
            MaxSocketsPerUser = 2,
            HandshakesPerSecond = Rate.Parse("1"),
            HandshakesPerSecondPerAddress = Rate.Parse("1"),
        };

        for (var i = 0; i < 5; i++)
        {
            Assert.NotNull(_test.Enter(options, "ann").Place);
            Assert.Null(_test.Limits.Pass("ws", options));
        }

        Assert.Equal(
            ["HandshakesPerSecond ws counted 4", "HandshakesPerSecondPerAddress ws counted 4", "MaxSockets ws counted 4", "MaxSocketsPerUser ws counted 3"],
            _test.Counted.Select(one => $"{one.Key} {one.Value}").Order());
    }

    [Fact]
    public void WhatIsIdle_IsForgotten_AndNothingElse()
    {
        var options = new SocketOptions { MaxSockets = 10, MaxSocketsPerUser = 1, HandshakesPerSecondPerAddress = Rate.Parse("0.1") };
        var place = _test.Enter(options, "ann").Place!;
        _test.Enter(options, "bob", "192.0.2.2").Place!.Dispose();

        _test.Limits.Forget();
        Assert.Equal(4, _test.Limits.Count);

        _test.Time.Advance(TimeSpan.FromSeconds(10));
        _test.Limits.Forget();
        Assert.Equal(3, _test.Limits.Count);
        Assert.NotNull(_test.Enter(options, "ann", "192.0.2.3").Refusal);

        place.Dispose();
        _test.Time.Advance(TimeSpan.FromSeconds(10));
        _test.Limits.Forget();
        Assert.Equal(0, _test.Limits.Count);
    }

    [Theory]
    [InlineData("bytes")]
    [InlineData("messages")]
    public void TallyWhoseBucketIsNotFull_IsKept(string what)
    {
        var rate = Rate.Parse("1 burst 10");
        var options = what == "bytes" ? new SocketOptions { BytesPerSecondPerUser = rate } : new SocketOptions { MessagesPerSecondPerUser = rate };
        var place = _test.Enter(options, "ann").Place!;
        place.Messages!.Passed(messages: 10, bytes: 10, _test.Time.GetTimestamp());
        place.Dispose();

        _test.Time.Advance(TimeSpan.FromSeconds(9));
        _test.Limits.Forget();
        Assert.Equal(1, _test.Limits.Count);

        _test.Time.Advance(TimeSpan.FromSeconds(1));
        _test.Limits.Forget();
        Assert.Equal(0, _test.Limits.Count);
    }

    [Fact]
    public void WithoutLimits_NothingIsKept()
    {
        Assert.NotNull(_test.Enter(new SocketOptions(), "ann").Place);
        Assert.Null(_test.Limits.Pass("ws", new SocketOptions()));

        Assert.Equal(0, _test.Limits.Count);
    }

    [Fact]
    public void AddressesTooManyToCount_AreLetIn_AndTheRoutesLimitHolds()
    {
        var options = new SocketOptions { MaxSocketsPerAddress = 1, MaxSockets = SocketLimits.MaxTallies + 1 };
        var places = 0;
        for (var i = 0; i < SocketLimits.MaxTallies + 10; i++)
        {
            places += _test.Limits.Enter(new LimitSubject("ws", options, null, new IPAddress(i + 1))).Slot is null ? 0 : 1;
        }

        Assert.Equal(SocketLimits.MaxTallies + 1, places);
        Assert.Equal(SocketLimits.MaxTallies, _test.Limits.Count);
        Assert.Equal(["MaxSockets ws refused", "Tallies ws uncounted"], _test.Counted.Keys.Order());
    }

    [Fact]
    public void LimitThatRefuses_IsLoggedWhenItBegins_AndWithItsNumberWhenItIsOver()
    {
        var options = new SocketOptions { MaxSocketsPerUser = 1 };
        _test.Enter(options, "ann");
        for (var i = 0; i < 5; i++)
        {
            _test.Enter(options, "ann");
            _test.Report.Look();
            _test.Time.Advance(Episode.Quiet / 2);
        }

        _test.Time.Advance(Episode.Quiet / 2);
        _test.Report.Look();
        _test.Report.Look();

        Assert.Collection(
            _test.Log.Lines,
            line => Assert.Contains("Limit MaxSocketsPerUser of route ws has been reached; what is beyond it is refused from now on.", line, StringComparison.Ordinal),
            line => Assert.Contains("has held for 00:00:30; 5 that were beyond it were refused, over a time of 00:01:00.", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Limits_AreNamedLikeTheirSettings() => Assert.Equal(
        Enum.GetNames<Limit>().Except([nameof(Limit.Tallies), nameof(Limit.HandshakesUnderWay)]).Order(),
        typeof(LimitOptions).GetProperties().Where(property => property.PropertyType.IsGenericType).Select(property => property.Name).Concat([nameof(RouteSettings.RequestRates), nameof(RouteSettings.RequestLimits)]).Order());
}
