using System.Net;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Platform.Redis;

namespace YarpWs.Platform.Tests.Redis;

public sealed class SentinelAnswersTests
{
    private static readonly EndPoint Leader = new DnsEndPoint("leader", 26379);
    private static readonly EndPoint Other = new DnsEndPoint("other", 26379);
    private static readonly EndPoint Old = new DnsEndPoint("old", 6379);
    private static readonly EndPoint New = new DnsEndPoint("new", 6379);

    private readonly FakeTimeProvider _time = new();
    private readonly SentinelAnswers _answers;

    public SentinelAnswersTests() => _answers = new SentinelAnswers(_time);

    [Fact]
    public void NobodyIsTheMaster_BeforeASentinelHasAnswered()
    {
        _answers.Announce(Leader);

        Assert.Null(_answers.Master);
        Assert.False(_answers.IsSteppingDown);
    }

    [Fact]
    public void Master_IsTheOneOfTheNewestFailover_AlsoWhereOthersHaveNotHeardOfIt()
    {
        _answers.Take(Leader, new SentinelAnswer(New, Epoch: 2, IsSteppingDown: false));
        _answers.Take(Other, new SentinelAnswer(Old, Epoch: 1, IsSteppingDown: false));

        _time.Advance(10 * SentinelAnswers.SilencePatience);

        Assert.Equal(New, _answers.Master);
    }

    [Fact]
    public void Failover_CountsFromItsAnnouncementOn_UntilItsSentinelNamesTheNewMaster()
    {
        _answers.Take(Leader, new SentinelAnswer(Old, Epoch: 1, IsSteppingDown: false));
        _answers.Take(Other, new SentinelAnswer(Old, Epoch: 1, IsSteppingDown: false));
        Assert.False(_answers.IsSteppingDown);

        _answers.Announce(Leader);
        _answers.Take(Other, new SentinelAnswer(Old, Epoch: 1, IsSteppingDown: false));
        Assert.True(_answers.IsSteppingDown);

        _answers.Take(Leader, new SentinelAnswer(New, Epoch: 2, IsSteppingDown: false));
        Assert.Equal((New, false), (_answers.Master, _answers.IsSteppingDown));
    }

    [Fact]
    public void Failover_OfASentinelThatFallsSilent_Counts_UntilTheOthersWouldKnowOfIt()
    {
        _answers.Take(Other, new SentinelAnswer(Old, Epoch: 1, IsSteppingDown: false));
        _answers.Take(Leader, new SentinelAnswer(Old, Epoch: 1, IsSteppingDown: true));

        _time.Advance(SentinelAnswers.SilencePatience - TimeSpan.FromMilliseconds(1));
        _answers.Take(Other, new SentinelAnswer(Old, Epoch: 1, IsSteppingDown: false));
        Assert.True(_answers.IsSteppingDown);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(_answers.IsSteppingDown);
    }

    [Fact]
    public void Failover_ThatIsOver_IsNoneOfTheNextMaster()
    {
        _answers.Take(Leader, new SentinelAnswer(Old, Epoch: 1, IsSteppingDown: true));

        _answers.Take(Other, new SentinelAnswer(New, Epoch: 2, IsSteppingDown: false));

        Assert.Equal((New, false), (_answers.Master, _answers.IsSteppingDown));
    }
}
