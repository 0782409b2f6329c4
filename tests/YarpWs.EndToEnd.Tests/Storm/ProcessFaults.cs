using YarpWs.EndToEnd.Tests.Storm.Judging;

namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>What happens to gateways, nodes and the links before them, whichever way Redis runs. Codes are those of <c>backend/PROTOCOL.md</c>.</summary>
internal static class ProcessFaults
{
    /// <summary>From a gateway whose node is gone, and from a node that stops.</summary>
    private const int ServiceRestart = 1012;

    public static IReadOnlyList<Func<Chance, Fault>> All { get; } =
    [
        KillNode, StopNode, FreezeNode, CutNode, StallNode, ShiftClock, KillGateway, FreezeGateway, CutGateway, StallGateway,
    ];

    private static Fault KillNode(Chance chance)
    {
        var (node, away) = (chance.Below(StormCluster.Nodes), chance.Between(0, 3));
        return new(NodeTarget(node), $"node {Name(node)} is killed and comes back after {away.TotalSeconds} s", OfNode(node), async (storm, cancellationToken) =>
        {
            await EndAsync(storm.Node(node), process => process.Kill());
            await storm.Pace.PassAsync(away, cancellationToken);
            storm.StartNode(node);
        })
        { Forgets = true };
    }

    private static Fault StopNode(Chance chance)
    {
        var node = chance.Below(StormCluster.Nodes);
        return new(NodeTarget(node), $"node {Name(node)} is told to stop and comes back", OfNode(node), async (storm, _) =>
        {
            await EndAsync(storm.Node(node), process => process.Stop());
            storm.StartNode(node);
        })
        { Forgets = true };
    }

    private static Fault ShiftClock(Chance chance)
    {
        var (node, ahead) = (chance.Below(StormCluster.Nodes), TimeSpan.FromHours(chance.OneIn(2) ? 1 : -1));
        return new(NodeTarget(node), $"node {Name(node)} is killed and comes back, its clock {ahead.TotalHours:+0;-0} h away", OfNode(node), async (storm, _) =>
        {
            await EndAsync(storm.Node(node), process => process.Kill());
            storm.StartNode(node, Faketime.IsInstalled ? ahead : TimeSpan.Zero);
        })
        { Forgets = true };
    }

    private static Fault FreezeNode(Chance chance)
    {
        var (node, duration) = (chance.Below(StormCluster.Nodes), chance.Between(0.2, 8));
        return new(
            NodeTarget(node), $"node {Name(node)} is stopped and continues after {duration.TotalSeconds} s", Closes.Nobody, async (storm, cancellationToken) =>
            {
                storm.Node(node).Freeze();
                await storm.Pace.PassAsync(duration, cancellationToken);
                storm.Node(node).Thaw();
            });
    }

    private static Fault CutNode(Chance chance)
    {
        var node = chance.Below(StormCluster.Nodes);
        return new(NodeTarget(node), $"what connects the gateways with node {Name(node)} is cut", OfNode(node), (storm, _) =>
        {
            storm.NodeLinks[node].Cut();
            return Task.CompletedTask;
        });
    }

    private static Fault StallNode(Chance chance)
    {
        var (node, duration) = (chance.Below(StormCluster.Nodes), chance.Between(0.2, 8));
        return new(
            NodeTarget(node), $"nothing passes between the gateways and node {Name(node)} for {duration.TotalSeconds} s", Closes.Nobody, async (storm, cancellationToken) =>
            {
                storm.NodeLinks[node].Stall();
                await storm.Pace.PassAsync(duration, cancellationToken);
                storm.NodeLinks[node].Open();
            });
    }

    private static Fault KillGateway(Chance chance)
    {
        var (gateway, away) = (chance.Below(StormCluster.Gateways), chance.Between(0, 3));
        return new(
            GatewayTarget(gateway), $"gateway {gateway} is killed and comes back after {away.TotalSeconds} s", OfGateway(gateway), async (storm, cancellationToken) =>
            {
                await EndAsync(storm.Gateway(gateway), process => process.Kill());
                await storm.Pace.PassAsync(away, cancellationToken);
                storm.StartGateway(gateway);
            });
    }

    private static Fault FreezeGateway(Chance chance)
    {
        var (gateway, duration) = (chance.Below(StormCluster.Gateways), chance.Between(0.2, 8));
        return new(
            GatewayTarget(gateway), $"gateway {gateway} is stopped and continues after {duration.TotalSeconds} s", Closes.Nobody, async (storm, cancellationToken) =>
            {
                storm.Gateway(gateway).Freeze();
                await storm.Pace.PassAsync(duration, cancellationToken);
                storm.Gateway(gateway).Thaw();
            });
    }

    private static Fault CutGateway(Chance chance)
    {
        var gateway = chance.Below(StormCluster.Gateways);
        return new(GatewayTarget(gateway), $"the clients of gateway {gateway} are cut off", OfGateway(gateway), (storm, _) =>
        {
            storm.GatewayLinks[gateway].Cut();
            return Task.CompletedTask;
        });
    }

    private static Fault StallGateway(Chance chance)
    {
        var (gateway, duration) = (chance.Below(StormCluster.Gateways), chance.Between(0.2, 8));
        return new(
            GatewayTarget(gateway), $"nothing passes between the clients and gateway {gateway} for {duration.TotalSeconds} s", Closes.Nobody, async (storm, cancellationToken) =>
            {
                storm.GatewayLinks[gateway].Stall();
                await storm.Pace.PassAsync(duration, cancellationToken);
                storm.GatewayLinks[gateway].Open();
            });
    }

    private static async Task EndAsync(Cluster.ChildProcess process, Action<Cluster.ChildProcess> end)
    {
        end(process);
        await process.WaitForExitAsync(TimeSpan.FromMinutes(1));
        await process.DisposeAsync();
    }

    private static Closes OfNode(int node) => Closes.OnNode(Name(node), ServiceRestart);

    private static Closes OfGateway(int gateway) => Closes.ThroughGateway(gateway, Ended.Broken);

    private static string NodeTarget(int node) => $"node {node}";

    private static string GatewayTarget(int gateway) => $"gateway {gateway}";

    private static string Name(int node) => StormCluster.NameOf(node);
}
