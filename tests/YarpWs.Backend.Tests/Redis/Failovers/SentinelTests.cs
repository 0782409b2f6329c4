using Xunit;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Redis.Failovers;

/// <summary>Two nodes on a master that three Sentinels watch, under traffic.</summary>
public sealed class SentinelTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public Task PlannedFailover_LosesNothing_AndClosesNobody(string protocol) => FailOverAsync(protocol, times: 1);

    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public Task TenPlannedFailovers_LoseNothing_AndCloseNobody() => FailOverAsync("resp3", times: 10);

    [Fact]
    public async Task KilledMaster_IsReplaced_AndEveryLossIsTold()
    {
        await using var redis = new SentinelServers();
        await redis.StartAsync();
        await using var a = await TestNode.StartAsync(redis, "t");
        await using var b = await TestNode.StartAsync(redis, "t");
        var traffic = await Traffic.StartAsync(TestNode.Group(), a, b);

        var master = await redis.MasterAsync();
        await master.KillAsync();
        await redis.FailedOverAsync(master);
        await traffic.GoOnAsync(200);

        var result = await traffic.StopAsync();
        output.WriteLine($"{result}");
        Assert.Equal((0, 0), (result.Doubled, result.Disordered));
        Assert.True(result.Lost == 0 || result.Closed > 0, $"{result.Lost} were lost, and nobody was told.");
    }

    private async Task FailOverAsync(string protocol, int times)
    {
        await using var redis = new SentinelServers();
        await redis.StartAsync();
        var configuration = ("Redis:Configuration", $"{redis.Configuration},protocol={protocol}");
        await using var a = await TestNode.StartAsync(redis, "t", configuration);
        await using var b = await TestNode.StartAsync(redis, "t", configuration);
        var traffic = await Traffic.StartAsync(TestNode.Group(), a, b);

        for (var i = 0; i < times; i++)
        {
            await redis.FailOverAsync();
            await traffic.GoOnAsync(100);
        }

        var result = await traffic.StopAsync();
        output.WriteLine($"{times} failovers: {result}");
        Assert.Equal((0, 0, 0, 0), (result.Lost, result.Doubled, result.Disordered, result.Closed));
    }
}
