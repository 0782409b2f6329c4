using Xunit;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Redis.Failovers;

/// <summary>Two nodes on a Cluster of three masters and three replicas, under traffic.</summary>
[Trait("Category", "Long")]
public sealed class ClusterTests(ITestOutputHelper output)
{
    private static GroupKey Blue => TestNode.Group();

    [Theory(Explicit = true)]
    [InlineData("resp2")]
    [InlineData("resp3")]
    public async Task CutSubscriptions_LoseNothing_CloseNobody_AndNoneStaysBehind(string protocol)
    {
        var result = await RunAsync(protocol, async (redis, nodes) =>
        {
            for (var i = 0; i < 100; i++)
            {
                await CutAsync(redis, nodes);
                await ListenedToAsync(nodes[0], times: nodes.Length);
            }
        });

        Assert.Equal((0, 0, 0, 0), (result.Lost, result.Doubled, result.Disordered, result.Closed));
    }

    [Fact(Explicit = true)]
    public async Task PlannedClusterFailover_LosesNothing_AndClosesNobody()
    {
        var result = await RunAsync("resp3", async (redis, nodes) => await redis.FailOverAsync(await redis.MasterOfAsync(nodes[0].Names.Log(Blue))));

        Assert.Equal((0, 0, 0, 0), (result.Lost, result.Doubled, result.Disordered, result.Closed));
    }

    [Fact(Explicit = true)]
    public async Task MovedSlot_LosesNothing_AndClosesNobody()
    {
        var result = await RunAsync("resp3", async (redis, nodes) =>
        {
            var key = nodes[0].Names.Log(Blue);
            var master = await redis.MasterOfAsync(key);
            await redis.MoveSlotAsync(key, redis.Nodes.Take(3).First(node => node != master));
        });

        Assert.Equal((0, 0, 0, 0), (result.Lost, result.Doubled, result.Disordered, result.Closed));
    }

    [Fact(Explicit = true)]
    public async Task MasterThatStoodStill_WasReplaced_AndGoesOn_DoublesNothing_AndEveryLossIsTold()
    {
        var result = await RunAsync("resp3", async (redis, nodes, traffic) =>
        {
            var key = nodes[0].Names.Log(Blue);
            var master = await redis.MasterOfAsync(key);
            await master.HangAsync();
            await redis.ReplacedAsync(key, master);
            await traffic.GoOnAsync(100);
            await master.ResumeAsync();
            await redis.ReadyAsync();
        });

        Assert.Equal((0, 0), (result.Doubled, result.Disordered));
        Assert.True(result.Lost == 0 || result.Closed > 0, $"{result.Lost} were lost, and nobody was told.");
    }

    private Task<TrafficResult> RunAsync(string protocol, Func<ClusterServers, TestNode[], Task> happen) =>
        RunAsync(protocol, (redis, nodes, _) => happen(redis, nodes));

    /// <summary>Lets something happen under traffic, and sees that nothing is subscribed to once everybody has left.</summary>
    private async Task<TrafficResult> RunAsync(string protocol, Func<ClusterServers, TestNode[], Traffic, Task> happen)
    {
        await using var redis = new ClusterServers();
        await redis.StartAsync();
        var configuration = ("Redis:Configuration", $"{redis.Configuration},protocol={protocol}");
        await using var a = await TestNode.StartAsync(redis, "t", configuration);
        await using var b = await TestNode.StartAsync(redis, "t", configuration);
        var traffic = await Traffic.StartAsync(Blue, a, b);

        await happen(redis, [a, b], traffic);
        await traffic.GoOnAsync(200);

        var result = await traffic.StopAsync();
        output.WriteLine($"{result}");
        await ListenedToAsync(a, times: 0);
        return result;
    }

    /// <summary>Waits until all servers together have so many subscriptions to the group, and fails when they keep more or less.</summary>
    private static async Task ListenedToAsync(TestNode node, int times)
    {
        using var deadline = new CancellationTokenSource(Deadline.Length);
        long subscriptions;
        while ((subscriptions = await node.Redis.CountSubscriptionsAsync(node.Names.Channel(Blue))) != times)
        {
            Assert.False(deadline.IsCancellationRequested, $"{subscriptions} subscriptions instead of {times}.");
            await Eventually.AgainAsync(CancellationToken.None);
        }
    }

    /// <summary>Cuts what listens, on every server, and waits until both nodes hear again.</summary>
    private static async Task CutAsync(ClusterServers redis, params TestNode[] nodes)
    {
        var returned = nodes.Select(ReturnAsync).ToArray();
        await Task.WhenAll(redis.Nodes.Select(server => server.ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub")));
        await Task.WhenAll(returned).WaitAsync(Deadline.Length);

        static Task ReturnAsync(TestNode node)
        {
            var returned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            node.Health.Returned += Note;
            return returned.Task;

            void Note()
            {
                node.Health.Returned -= Note;
                returned.TrySetResult();
            }
        }
    }
}
