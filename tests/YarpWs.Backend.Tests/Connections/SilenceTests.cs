using Xunit;
using YarpWs.Backend.Connections;

namespace YarpWs.Backend.Tests.Connections;

public sealed class SilenceTests
{
    private static readonly ConnectionOptions Options = new() { PingInterval = TimeSpan.FromSeconds(20), PongTimeout = TimeSpan.FromSeconds(30) };

    private readonly Silence _silence = new(Options);

    [Fact]
    public void QuietClient_IsPinged_AfterItsInterval()
    {
        Assert.Equal(SilenceStep.None, Pass(19));
        Assert.Equal(SilenceStep.Ping, Pass(1));
    }

    [Fact]
    public void ClientThatDoesNotAnswer_IsGivenUp_AfterTheTimeout_AndIsNotPingedAgain()
    {
        Pass(20);

        Assert.Equal(SilenceStep.None, Pass(29));
        Assert.Equal(SilenceStep.GiveUp, Pass(1));
    }

    [Fact]
    public void ClientThatIsHeard_BeginsAnew()
    {
        Pass(19);
        _silence.Heard();
        Assert.Equal(SilenceStep.None, Pass(19));

        Assert.Equal(SilenceStep.None, Pass(19));
        Assert.Equal(SilenceStep.Ping, Pass(1));
    }

    [Fact]
    public void ClientThatAnswers_IsPingedAgain_AfterItsInterval()
    {
        Pass(20);
        _silence.Heard();
        Pass(10);

        Assert.Equal(SilenceStep.None, Pass(19));
        Assert.Equal(SilenceStep.Ping, Pass(1));
    }

    private SilenceStep Pass(int seconds) => _silence.Advance(TimeSpan.FromSeconds(seconds));
}
