using YarpWs.Gateway.Routes;

namespace YarpWs.Gateway.Tests.Routes;

public sealed class RetryPauseTests
{
    [Theory]
    [InlineData(0, 1, 1, 1)]
    [InlineData(1, 100, 1, 1)]
    [InlineData(40, 100, 1, 10)]
    [InlineData(1, 2000, 1, 10)]
    [InlineData(3600, 100_000, 1, 30)]
    public void Pause_GrowsWithTheAge_AndWithTheCrowd_AndIsSpread(int age, int times, int shortest, int longest)
    {
        var random = new Random(1);
        var pauses = Enumerable.Range(0, 1000).Select(_ => RetryPause.For(TimeSpan.FromSeconds(age), times, random)).ToList();

        Assert.Equal((shortest, longest), (pauses.Min(), pauses.Max()));
    }
}
