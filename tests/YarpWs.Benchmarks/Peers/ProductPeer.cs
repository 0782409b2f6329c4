using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>The product's room servers on a Redis, with or without the gateway in front.</summary>
/// <param name="nodes">How many room servers.</param>
/// <param name="hasGateway">Whether clients come through the gateway.</param>
/// <param name="build">The checkout that they were built in; null for this one.</param>
internal sealed class ProductPeer(int nodes, bool hasGateway, string? build = null) : IGroupPeer
{
    public const string PeerName = "product";

    public string Name => build is null ? PeerName : "before";

    /// <summary>The same, built in another checkout.</summary>
    public ProductPeer BuiltIn(string checkout) => new(nodes, hasGateway, checkout);

    public string? Absence => Redis.Absence;

    public IGroupDialect Dialect { get; } = new SeedDialect();

    public async Task<Running> StartAsync(Scratch scratch)
    {
        var redis = Ports.Free();
        List<ServerProcess> processes = [await Redis.StartAsync(scratch, redis)];
        List<int> entrances = [];
        for (var node = 0; node < nodes; node++)
        {
            var port = Ports.Free();
            entrances.Add(port);
            processes.Add(await StartBackendAsync(scratch, port, redis, node, build));
        }

        if (hasGateway)
        {
            var gateway = await GatewayPeer.StartAsync(scratch, entrances, command: GatewayPeer.Command(build));
            processes.Add(gateway.Process);
            entrances = [gateway.Port];
        }

        return new Running([.. entrances.Select(port => new IPEndPoint(IPAddress.Loopback, port))], processes, []);
    }

    private static async Task<ServerProcess> StartBackendAsync(Scratch scratch, int port, int redis, int node, string? build)
    {
        var folder = scratch.NewFolder("backend");
        var settings = Path.Combine(folder, "backend.json");
        await File.WriteAllTextAsync(settings, Settings(port, redis, node).ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        var process = scratch.Start("backend", folder, [.. Executables.Product("YarpWs.Backend", build), settings]);
        await process.WaitForAnswerAsync(new Uri($"http://127.0.0.1:{port}/readyz"));
        return process;
    }

    /// <summary>As shipped, but that one client may send as fast as it can, and that one which waits for its turn need not answer pings meanwhile.</summary>
    private static JsonObject Settings(int port, int redis, int node) => new()
    {
        ["Kestrel"] = new JsonObject { ["Endpoints"] = new JsonObject { ["Http"] = new JsonObject { ["Url"] = $"http://127.0.0.1:{port}" } } },
        ["Authentication"] = new JsonObject { ["Schemes"] = new JsonObject { ["Bearer"] = Tokens.Settings() } },
        ["Node"] = JsonNode.Parse($$"""{ "Name": "node{{node}}" }"""),
        ["Redis"] = new JsonObject { ["Configuration"] = $"127.0.0.1:{redis}" },
        ["Connections"] = new JsonObject { ["MessagesPerSecond"] = 1_000_000, ["MessageBurst"] = 1_000_000, ["PongTimeout"] = "00:05:00" },
        ["Logging"] = new JsonObject
        {
            ["LogLevel"] = new JsonObject { ["Default"] = "Information", ["Microsoft.AspNetCore"] = "Warning" },
        },
    };
}
