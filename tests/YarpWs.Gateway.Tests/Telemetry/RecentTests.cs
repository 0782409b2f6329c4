using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Tests.Telemetry;

public sealed class RecentTests
{
    [Fact]
    public void Recent_KeepsTheLast_AndNoMore()
    {
        var recent = new Recent<int>(3);
        Assert.Empty(recent.All());

        for (var number = 1; number <= 5; number++)
        {
            recent.Add(number);
        }

        Assert.Equal([3, 4, 5], recent.All());
    }
}
