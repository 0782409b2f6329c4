using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway.Tests.Sockets.Limits;

public sealed class MessageLimitsTests : IDisposable
{
    private readonly LimitsUnderTest _test = new();

    public void Dispose() => _test.Dispose();

    private long Now => _test.Time.GetTimestamp();

    private static RateVerdict GoOn { get; } = new(TimeSpan.Zero, null);

    [Fact]
    public void WithoutALimit_ThereIsNothingToAsk() => Assert.Null(_test.Enter(new SocketOptions { MaxSockets = 1 }, "ann").Place!.Messages);

    [Fact]
    public void LimitPerUser_IsNothingToSomebodyWithoutALogin() =>
        Assert.Null(_test.Enter(new SocketOptions { MessagesPerSecondPerUser = Rate.Parse("1") }).Place!.Messages);

    [Fact]
    public void Message_IsAsLargeAsAllOfItsFragments()
    {
        var limits = _test.Messages(new SocketOptions { MaxMessageBytes = 100 });

        Assert.Null(limits.Check(100, isFirstFragment: true));
        Assert.Null(limits.Check(60, isFirstFragment: true));
        Assert.Null(limits.Check(40, isFirstFragment: false));
        Assert.Null(limits.Check(0, isFirstFragment: false));
        Assert.Equal(SocketClose.MessageTooBig, limits.Check(1, isFirstFragment: false));
    }

    [Theory]
    [InlineData(101)]
    [InlineData(long.MaxValue)]
    public void Message_IsTooBigByItsHeaderAlone(long length)
    {
        var limits = _test.Messages(new SocketOptions { MaxMessageBytes = 100 });

        Assert.Equal(SocketClose.MessageTooBig, limits.Check(length, isFirstFragment: true));
        Assert.Equal(SocketClose.MessageTooBig, limits.Check(long.MaxValue, isFirstFragment: false));
        Assert.Equal(1, _test.Counted["MaxMessageBytes ws closed"]);
    }

    [Fact]
    public void Messages_ThatAreTooFast_AreWaitedFor()
    {
        var limits = _test.Messages(new SocketOptions { MessagesPerSecond = Rate.Parse("10 burst 5") });

        Assert.Equal(GoOn, limits.Passed(5, 1_000_000, Now));
        Assert.Equal(TimeSpan.FromMilliseconds(300), limits.Passed(3, 10, Now).Wait);
        _test.Time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Equal(GoOn, limits.Passed(0, 1_000_000, Now));
        Assert.Equal(TimeSpan.FromMilliseconds(100), limits.Passed(1, 10, Now).Wait);
        Assert.Equal(2, _test.Counted["MessagesPerSecond ws delayed"]);
    }

    [Fact]
    public void Bytes_ThatAreTooFast_AreWaitedFor_AndTheLongestWaitCounts()
    {
        var limits = _test.Messages(new SocketOptions { MessagesPerSecond = Rate.Parse("10 burst 1"), BytesPerSecond = Rate.Parse("1000 burst 2000") });

        Assert.Equal(GoOn, limits.Passed(1, 2000, Now));
        Assert.Equal(TimeSpan.FromSeconds(4), limits.Passed(2, 4000, Now).Wait);
    }

    [Fact]
    public void Client_ThatIsTooFast_IsClosed_WhereTheSettingsSaySo()
    {
        var limits = _test.Messages(new SocketOptions { MessagesPerSecond = Rate.Parse("10"), OverRate = OverRate.Close });

        Assert.Equal(GoOn, limits.Passed(10, 10, Now));
        Assert.Equal(new RateVerdict(TimeSpan.Zero, SocketClose.TooFast), limits.Passed(1, 1, Now));
        Assert.Equal(1, _test.Counted["MessagesPerSecond ws closed"]);
    }

    [Fact]
    public void User_SharesItsRates_OverAllOfItsSockets_AndAnAddressItsOwn()
    {
        var options = new SocketOptions { MessagesPerSecondPerUser = Rate.Parse("10"), BytesPerSecondPerAddress = Rate.Parse("1000") };
        var (one, two) = (_test.Messages(options, "ann", "192.0.2.1"), _test.Messages(options, "ann", "192.0.2.2"));
        var neighbour = _test.Messages(options, "bob", "192.0.2.2");

        Assert.Equal(GoOn, one.Passed(10, 0, Now));
        Assert.Equal(TimeSpan.FromSeconds(1), two.Passed(10, 0, Now).Wait);
        Assert.Equal(GoOn, neighbour.Passed(10, 1000, Now));
        Assert.Equal(TimeSpan.FromSeconds(0.5), two.Passed(0, 500, Now).Wait);
    }

    [Fact]
    public void Counting_NeitherDelaysNorCloses_AndCountsAMessageOnce()
    {
        var limits = _test.Messages(new SocketOptions
        {
            Limits = LimitMode.Count,
            MaxMessageBytes = 100,
            MessagesPerSecond = Rate.Parse("10"),
            OverRate = OverRate.Close,
        });

        Assert.Null(limits.Check(60, isFirstFragment: true));
        Assert.Null(limits.Check(60, isFirstFragment: false));
        Assert.Null(limits.Check(60, isFirstFragment: false));
        Assert.Equal(GoOn, limits.Passed(10, 180, Now));
        Assert.Equal(GoOn, limits.Passed(1, 180, Now));

        Assert.Equal(1, _test.Counted["MaxMessageBytes ws counted"]);
        Assert.Equal(1, _test.Counted["MessagesPerSecond ws counted"]);
    }
}
