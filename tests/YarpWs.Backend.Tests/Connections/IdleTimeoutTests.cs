using Xunit;
using YarpWs.Backend.Connections;

namespace YarpWs.Backend.Tests.Connections;

public sealed class IdleTimeoutTests
{
    private static readonly ConnectionOptions Options = new() { PingInterval = TimeSpan.FromSeconds(20), PongTimeout = TimeSpan.FromSeconds(30) };

    private readonly IdleTimeout _silence = new(Options);

    [Fact]
    public void QuietClient_IsPinged_AfterItsInterval()
    {
        Assert.Equal(IdleAction.None, Pass(19));
        Assert.Equal(IdleAction.Ping, Pass(1));
    }

    [Fact]
    public void ClientThatDoesNotAnswer_IsGivenUp_AfterTheTimeout_AndIsNotPingedAgain()
    {
        Pass(20);

        Assert.Equal(IdleAction.None, Pass(29));
        Assert.Equal(IdleAction.GiveUp, Pass(1));
    }

    [Fact]
    public void ClientThatIsHeard_BeginsAnew()
    {
        Pass(19);
        _silence.Heard();
        Assert.Equal(IdleAction.None, Pass(19));

        Assert.Equal(IdleAction.None, Pass(19));
        Assert.Equal(IdleAction.Ping, Pass(1));
    }

    [Fact]
    public void ClientThatAnswers_IsPingedAgain_AfterItsInterval()
    {
        Pass(20);
        _silence.Heard();
        Pass(10);

        Assert.Equal(IdleAction.None, Pass(19));
        Assert.Equal(IdleAction.Ping, Pass(1));
    }

    private IdleAction Pass(int seconds) => _silence.Advance(TimeSpan.FromSeconds(seconds));
}
