using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway.Tests.Sockets.Limits;

public sealed class RateTests
{
    [Theory]
    [InlineData("50", 50, 50)]
    [InlineData("0.2", 0.2, 1)]
    [InlineData("2.5", 2.5, 2.5)]
    [InlineData("50 burst 200", 50, 200)]
    [InlineData(" 0.01  burst  864 ", 0.01, 864)]
    [InlineData("1000000000", 1e9, 1e9)]
    public void Text_IsANumberPerSecond_AndPerhapsABurst(string text, double perSecond, double burst) =>
        Assert.Equal(new Rate(perSecond, burst), Rate.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("many")]
    [InlineData("0")]
    [InlineData("0.009")]
    [InlineData("-1")]
    [InlineData("1000000001")]
    [InlineData("NaN")]
    [InlineData("1e3")]
    [InlineData("1,000")]
    [InlineData("50 200")]
    [InlineData("50 burst")]
    [InlineData("50 burst 0")]
    [InlineData("50 burst 0.5")]
    [InlineData("0.01 burst 865")]
    [InlineData("50 burst 200 delay")]
    public void Text_ThatIsNoRate_IsRefused(string text) => Assert.Throws<FormatException>(() => Rate.Parse(text));
}
