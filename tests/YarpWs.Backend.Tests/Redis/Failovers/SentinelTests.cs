using Xunit;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Redis.Failovers;

/// <summary>Two nodes on a master that three Sentinels watch, under traffic.</summary>
[Trait("Category", "Long")]
public sealed class SentinelTests(ITestOutputHelper output)
{
    [Theory(Explicit = true)]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public Task PlannedFailover_LosesNothing_AndClosesNobody(string protocol) => FailOverAsync(protocol, times: 1);

    [Fact(Explicit = true)]
    public Task TenPlannedFailovers_LoseNothing_AndCloseNobody() => FailOverAsync("resp3", times: 10);

    [Fact(Explicit = true)]
    public Task PlannedFailovers_BySentinelsThatHaveJustComeBack_LoseNothing_AndCloseNobody() => FailOverAsync("resp3", times: 4, async redis =>
    {
        await redis.Sentinels[0].KillAsync();
        await redis.Sentinels[0].StartAsync();
    });

    [Fact(Explicit = true)]
    public Task KilledMaster_IsReplaced_AndEveryLossIsTold() => LoseMasterAsync(async (redis, master, _) =>
    {
        await master.KillAsync();
        await redis.FailedOverAsync(master);
    });

    [Fact(Explicit = true)]
    public Task MasterThatStoodStill_WasReplaced_AndGoesOn_DoublesNothing_AndEveryLossIsTold() => LoseMasterAsync(async (redis, master, traffic) =>
    {
        await master.HangAsync();
        await redis.FailedOverAsync(master);
        await traffic.GoOnAsync(100);
        await master.ResumeAsync();
    });

    [Fact(Explicit = true)]
    public async Task MasterWithoutReplicas_TakesNoMessages_WhereMinReplicasToWriteSaysSo()
    {
        await using var redis = new SentinelServers("--min-replicas-to-write", "1");
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t");
        var master = await redis.MasterAsync();

        await Task.WhenAll(redis.Servers.Where(server => server != master).Select(replica => replica.KillAsync()));
        await node.Logs.WaitForAsync(line => line.Event.Id == 2200 && line.Text.Contains("NOREPLICAS", StringComparison.Ordinal), "too few replicas");

        var message = node.Identity.Message(DataType.Text, "unsafe"u8.ToArray());
        Assert.Null(await node.Streams.TryPublishAsync(TestNode.Group(), message, TimeSpan.Zero, TestContext.Current.CancellationToken));
    }

    [Fact(Explicit = true)]
    public async Task MessageThatAReplicaHas_IsThereAfterTheMasterWasKilled()
    {
        await using var redis = new SentinelServers();
        await redis.StartAsync();
        await using var node = await TestNode.StartAsync(redis, "t");
        await node.PublishAsync(TestNode.Group(), "kept");
        Assert.InRange((long)await node.Redis.Database.ExecuteAsync("WAIT", 1, 5000), 1, 2);

        var master = await redis.MasterAsync();
        await master.KillAsync();
        await redis.FailedOverAsync(master);

        var successor = await redis.MasterAsync();
        Assert.Equal(1, (long)await successor.ExecuteAsync("ZCARD", node.Names.Log(TestNode.Group())));
    }

    /// <summary>Takes the master away under traffic. Nothing is doubled or out of order, and a loss is told.</summary>
    private async Task LoseMasterAsync(Func<SentinelServers, RedisProcess, Traffic, Task> lose)
    {
        await using var redis = new SentinelServers();
        await redis.StartAsync();
        await using var a = await TestNode.StartAsync(redis, "t");
        await using var b = await TestNode.StartAsync(redis, "t");
        var traffic = await Traffic.StartAsync(TestNode.Group(), a, b);

        await lose(redis, await redis.MasterAsync(), traffic);
        await traffic.GoOnAsync(200);

        var result = await traffic.StopAsync();
        output.WriteLine($"{result}");
        Assert.Equal((0, 0), (result.Doubled, result.Disordered));
        Assert.True(result.Lost == 0 || result.Closed > 0, $"{result.Lost} were lost, and nobody was told.");
    }

    /// <param name="protocol">Of Redis.</param>
    /// <param name="times">Failovers, one after the other.</param>
    /// <param name="before">What happens before each.</param>
    private async Task FailOverAsync(string protocol, int times, Func<SentinelServers, Task>? before = null)
    {
        await using var redis = new SentinelServers();
        await redis.StartAsync();
        var configuration = ("Redis:Configuration", $"{redis.Configuration},protocol={protocol}");
        await using var a = await TestNode.StartAsync(redis, "t", configuration);
        await using var b = await TestNode.StartAsync(redis, "t", configuration);
        var traffic = await Traffic.StartAsync(TestNode.Group(), a, b);

        for (var i = 0; i < times; i++)
        {
            await (before?.Invoke(redis) ?? Task.CompletedTask);
            await redis.FailOverAsync();
            await traffic.GoOnAsync(100);
        }

        var result = await traffic.StopAsync();
        output.WriteLine($"{times} failovers: {result}");
        Assert.Equal((0, 0, 0, 0), (result.Lost, result.Doubled, result.Disordered, result.Closed));
    }
}
