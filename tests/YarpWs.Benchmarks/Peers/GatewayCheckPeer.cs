using System.Text.Json.Nodes;
using YarpWs.Benchmarks.Hosted;
using YarpWs.Benchmarks.Servers;
using YarpWs.Gateway.Setup;

namespace YarpWs.Benchmarks.Peers;

/// <summary>The product's gateway with an external check, the same service that <see cref="NginxAuthPeer"/> asks: it asks about each cookie, and remembers the answer for 30 s. Both count.</summary>
internal sealed class GatewayCheckPeer : IProxyPeer
{
    public const string PeerName = "gateway, external check";

    public string Name => PeerName;

    public string? Absence => null;

    public async Task<Running> StartAsync(Scratch scratch, int backend)
    {
        var (checker, checking) = await NginxAuthPeer.StartCheckerAsync(scratch);
        var key = Path.Combine(scratch.NewFolder("login-key"), "login.json");
        SigningKeyFile.Write(key, SigningAlgorithm.ES256);
        var gateway = await GatewayPeer.StartAsync(scratch, [backend], settings =>
        {
            settings["Authentication"]!["Checks"] = new JsonObject
            {
                ["site"] = new JsonObject { ["Cluster"] = "site", ["Path"] = "/token", ["Cookies"] = new JsonArray(TokenChecker.Cookie) },
            };
            settings["Authorization"] = new JsonObject { ["Policies"] = new JsonObject { ["people"] = new JsonObject { ["Check"] = "site" } } };
            settings["LoginTokens"] = new JsonObject { ["KeyFiles"] = new JsonArray(key) };
            settings["ReverseProxy"]!["Routes"]!["ws"]!["AuthorizationPolicy"] = "people";
            settings["ReverseProxy"]!["Clusters"]!["site"] = new JsonObject
            {
                ["Destinations"] = new JsonObject { ["a"] = new JsonObject { ["Address"] = $"http://127.0.0.1:{checker}" } },
                ["HttpRequest"] = new JsonObject { ["Version"] = "1.1", ["VersionPolicy"] = "RequestVersionExact" },
            };
        });
        return Running.On(gateway.Port, gateway.Process, checking);
    }
}
