using System.Text.Json;
using System.Text.Json.Nodes;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>The product's gateway with the settings that it would have in production, in front of one destination or several.</summary>
/// <param name="build">The checkout that it was built in; null for this one.</param>
internal sealed class GatewayPeer(string? build = null) : IProxyPeer
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public string Name => build is null ? "gateway" : "before";

    public string? Absence => null;

    public Task<Running> StartAsync(Scratch scratch, int backend) => StartAsync(scratch, backend, Command(build));

    /// <summary>The same, by another command that starts it.</summary>
    public static async Task<Running> StartAsync(Scratch scratch, int backend, string[] command)
    {
        var (tlsPort, certificate) = (Ports.Free(), scratch.NewFolder("certificate"));
        ServerCertificate.Write(certificate);
        var gateway = await StartAsync(
            scratch,
            [backend],
            settings => settings["Kestrel"]!["Endpoints"]!["Https"] = new JsonObject
            {
                ["Url"] = $"https://127.0.0.1:{tlsPort}",
                ["Certificate"] = new JsonObject
                {
                    ["Path"] = Path.Combine(certificate, ServerCertificate.File),
                    ["KeyPath"] = Path.Combine(certificate, ServerCertificate.KeyFile),
                },
            },
            command);
        return Running.On(gateway.Port, tlsPort, gateway.Process);
    }

    /// <param name="scratch">Where it may write.</param>
    /// <param name="backends">The ports of its destinations.</param>
    /// <param name="change">Changes its settings, when it is to have others.</param>
    /// <param name="command">What starts it; null for this build.</param>
    public static async Task<StartedGateway> StartAsync(Scratch scratch, IReadOnlyList<int> backends, Action<JsonObject>? change = null, string[]? command = null)
    {
        var (port, admin) = (Ports.Free(), Ports.Free());
        var folder = scratch.NewFolder("gateway");
        var file = Path.Combine(folder, "gateway.json");
        var settings = Settings(port, admin, backends);
        change?.Invoke(settings);
        await File.WriteAllTextAsync(file, settings.ToJsonString(Indented));
        var process = scratch.Start("gateway", folder, [.. command ?? Command(build: null), file]);
        var address = new Uri($"http://127.0.0.1:{admin}");
        await process.WaitForAnswerAsync(new Uri(address, "/readyz"));
        return new StartedGateway(port, address, file, process);
    }

    /// <summary>What starts the build of a checkout; null for this one.</summary>
    public static string[] Command(string? build) => Executables.Product("YarpWs.Gateway", build);

    private static JsonObject Settings(int port, int admin, IReadOnlyList<int> backends) => new()
    {
        ["Kestrel"] = new JsonObject { ["Endpoints"] = new JsonObject { ["Http"] = new JsonObject { ["Url"] = $"http://127.0.0.1:{port}" } } },
        ["Authentication"] = new JsonObject { ["Schemes"] = new JsonObject { ["Bearer"] = Tokens.Settings() } },
        ["Admin"] = new JsonObject { ["Url"] = $"http://127.0.0.1:{admin}" },

        // A client that waits for its turn asks nothing and answers no pings meanwhile.
        ["Edge"] = new JsonObject { ["KeepAliveTimeout"] = "01:00:00" },
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

/// <param name="Port">Its public port on the loopback.</param>
/// <param name="Admin">Where its admin port answers.</param>
/// <param name="SettingsFile">What it runs from.</param>
/// <param name="Process">It.</param>
internal sealed record StartedGateway(int Port, Uri Admin, string SettingsFile, ServerProcess Process);
