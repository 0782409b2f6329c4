using System.Text.Json;
using System.Text.Json.Nodes;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>The product's gateway with the settings that it would have in production, in front of one destination or several.</summary>
internal sealed class GatewayPeer : IProxyPeer
{
    public string Name => "gateway";

    public string? Absence => null;

    public async Task<Running> StartAsync(Scratch scratch, int backend)
    {
        var (port, process) = await StartAsync(scratch, [backend]);
        return Running.On(port, process);
    }

    public static async Task<(int Port, ServerProcess Process)> StartAsync(Scratch scratch, IReadOnlyList<int> backends)
    {
        var (port, admin) = (Ports.Free(), Ports.Free());
        var folder = scratch.NewFolder("gateway");
        var settings = Path.Combine(folder, "gateway.json");
        await File.WriteAllTextAsync(settings, Settings(port, admin, backends).ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        var process = scratch.Start("gateway", folder, [.. Executables.Product("YarpWs.Gateway"), settings]);
        await process.WaitForAnswerAsync(new Uri($"http://127.0.0.1:{admin}/readyz"));
        return (port, process);
    }

    private static JsonObject Settings(int port, int admin, IReadOnlyList<int> backends) => new()
    {
        ["Kestrel"] = new JsonObject { ["Endpoints"] = new JsonObject { ["Http"] = new JsonObject { ["Url"] = $"http://127.0.0.1:{port}" } } },
        ["Authentication"] = new JsonObject { ["Schemes"] = new JsonObject { ["Bearer"] = Tokens.Settings() } },
        ["Admin"] = new JsonObject { ["Url"] = $"http://127.0.0.1:{admin}" },

        // A client that waits for its turn answers no pings meanwhile.
        ["Sockets"] = new JsonObject { ["PongTimeout"] = "00:10:00" },
        ["ReverseProxy"] = new JsonObject
        {
            ["Routes"] = new JsonObject
            {
                ["ws"] = Route("default", "/ws/{**rest}"),
                ["open"] = Route("anonymous", "/open/{**rest}"),
            },
            ["Clusters"] = new JsonObject { ["backend"] = Cluster(backends) },
        },
        ["Logging"] = new JsonObject
        {
            ["LogLevel"] = new JsonObject
            {
                ["Default"] = "Information",
                ["Microsoft.AspNetCore"] = "Warning",
                ["Yarp.ReverseProxy"] = "Warning",
                ["System.Net.Http"] = "Warning",
            },
        },
    };

    private static JsonObject Route(string policy, string path) => new()
    {
        ["ClusterId"] = "backend",
        ["AuthorizationPolicy"] = policy,
        ["Match"] = new JsonObject { ["Path"] = path },
    };

    private static JsonObject Cluster(IReadOnlyList<int> backends) => new()
    {
        ["LoadBalancingPolicy"] = "LeastRequests",
        ["Destinations"] = new JsonObject(
            backends.Select(port => KeyValuePair.Create<string, JsonNode?>($"on-{port}", new JsonObject { ["Address"] = $"http://127.0.0.1:{port}" }))),
        ["HttpRequest"] = new JsonObject { ["Version"] = "1.1", ["VersionPolicy"] = "RequestVersionExact" },
    };
}
