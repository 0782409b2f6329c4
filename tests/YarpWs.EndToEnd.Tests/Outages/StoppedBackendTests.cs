using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Outages;

/// <summary>A backend is told to stop: its clients are told so too, in batches, and come back to the other one.</summary>
public sealed class StoppedBackendTests
{
    [Fact]
    public async Task Stop_TellsItsClients1012_AndNobodyElseNotices()
    {
        await using var garnet = new YarpWs.Tests.Redis.EmbeddedGarnet();
        await garnet.StartAsync();
        await using var cluster = await TestCluster.StartAsync(garnet, ("Drain:BatchSize", "2"), ("Drain:BatchInterval", "00:00:00.01"));
        var room = TestCluster.Room();
        var (first, second) = await cluster.JoinOnBothNodesAsync(room);
        await using var _ = first;
        await using var __ = second;
        var others = new List<RawWebSocket>();
        for (var i = 0; i < 8; i++)
        {
            others.Add(await cluster.JoinAsync(room));
        }

        var stopping = cluster.StopBackendAsync(0);
        await first.ExpectCloseAsync(1012);
        await stopping;
        await using var returned = await cluster.JoinAsync(room);

        await second.SendAsync("""{"message": "still here"}""");
        await second.ExpectAsync("still here");
        await returned.ExpectAsync("still here");
        var told = 0;
        foreach (var other in others)
        {
            var frame = await other.ReadFrameAsync();
            told += frame!.Opcode == Opcode.Close ? 1 : 0;
            Assert.True(frame.Opcode == Opcode.Close ? frame.CloseCode == 1012 : frame.Text == "still here");
            await other.DisposeAsync();
        }

        Assert.InRange(told, 1, others.Count - 1);
        Assert.Equal([1], cluster.NodesWith(room));
    }
}
