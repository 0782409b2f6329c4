using Xunit;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Redis.Failovers;

public sealed class SentinelTests(ITestOutputHelper output)
{
    [Fact]
    public async Task PlannedFailover_LosesNothing_AndClosesNobody()
    {
        await using var redis = new SentinelServers();
        await redis.StartAsync();
        await using var a = await TestNode.StartAsync(redis, "t");
        await using var b = await TestNode.StartAsync(redis, "t");
        var traffic = await Traffic.StartAsync(TestNode.Group(), a, b);

        for (var i = 0; i < 2; i++)
        {
            var before = traffic.TakenCount;
            await redis.FailOverAsync();
            output.WriteLine($"failover {i}: {traffic.TakenCount - before} taken meanwhile, {traffic.ClosedCount} closed so far");
        }

        var result = await traffic.StopAsync();
        output.WriteLine($"{result}");
        foreach (var line in a.Logs.Lines) { output.WriteLine($"{line}"); }
        Assert.Equal((0, 0, 0, 0), (result.Lost, result.Doubled, result.Disordered, result.Closed));
    }
}
