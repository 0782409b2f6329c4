using System.Globalization;
using static YarpWs.Gateway.Tests.Routes.OperatedGateway;

namespace YarpWs.Gateway.Tests.Routes;

public sealed class LiveSocketTests
{
    private static string Text(Destination destination, int connections) => OperatedGateway.Text(destination, "ws").Replace(
        "\"Destinations\"", $"\"HttpClient\": {{ \"MaxConnectionsPerServer\": {connections.ToString(CultureInfo.InvariantCulture)} }}, \"Destinations\"", StringComparison.Ordinal);

    /// <summary>Each change gives the cluster a new HTTP client, the most that a change can do; every second one also moves the destination.</summary>
    [Fact]
    public async Task Socket_WithTraffic_OutlivesAHundredChanges()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, 1_000), ("Sockets:OnRemoved", "Keep"));
        using var one = await gateway.ConnectAsync("/ws/one");
        using var two = await gateway.ConnectAsync("/ws/two");

        for (byte change = 0; change < 100; change++)
        {
            gateway.Save(Text(change % 2 == 0 ? gateway.B : gateway.A, 1_001 + change));
            await gateway.Log.ExpectAsync(Applied);
            await one.ExpectEchoAsync(change);
            await two.ExpectEchoAsync(change);
        }

        GC.Collect();
        await one.ExpectEchoAsync(1);
        await two.ExpectEchoAsync(2);
    }

    [Fact]
    public async Task Socket_ThatIsKept_OutlivesItsRoute_ItsClusterAndItsDestination()
    {
        await using var gateway = await StartAsync((a, _) => OperatedGateway.Text(a, "ws"), ("Sockets:OnRemoved", "Keep"));
        using var socket = await gateway.ConnectAsync("/ws/one");

        gateway.Save(OperatedGateway.Text(gateway.B, "other").Replace("backend", "elsewhere", StringComparison.Ordinal).Replace("\"a\"", "\"b\"", StringComparison.Ordinal));
        await gateway.Log.ExpectAsync(Applied);

        Assert.Equal(404, await gateway.AskAsync("/ws/one"));
        await socket.ExpectEchoAsync(7);
    }
}
