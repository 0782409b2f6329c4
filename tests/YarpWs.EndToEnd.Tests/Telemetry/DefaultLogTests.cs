using System.Net;
using System.Net.Sockets;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Telemetry;

/// <summary>What an operator sees of both processes who has written nothing about their logs.</summary>
public sealed class DefaultLogTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task WithoutLogSettings_EveryLineIsTheProcesssOwn_AndARequestIsOne()
    {
        await using var redis = new EmbeddedGarnet();
        await redis.StartAsync();
        var (node, entrance, admin) = (Free(), Free(), Free());
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        await using var backend = Start("YarpWs.Backend.dll", "backend.json", ("Kestrel:Endpoints:Http:Url", node), ("Redis:Configuration", redis.Configuration));
        await ReadyAsync(http, node, backend);
        await using var gateway = Start(
            "YarpWs.Gateway.dll",
            "gateway.json",
            ("Kestrel:Endpoints:Http:Url", entrance),
            ("Admin:Url", admin),
            ("ReverseProxy:Clusters:backend:Destinations:a:Address", node),
            ("Redis:Configuration", redis.Configuration));
        await ReadyAsync(http, admin, gateway);

        using var page = await http.GetAsync(new Uri(new Uri(entrance), "/demo/app.js"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        gateway.Stop();
        await gateway.WaitForExitAsync(Patience);
        backend.Stop();
        await backend.WaitForExitAsync(Patience);

        AssertOwn(gateway.Output, "The gateway listens on");
        AssertOwn(backend.Output, "The room server listens on");
        Assert.Single(gateway.Output.Split('\n'), line => line.Contains("/demo/app.js", StringComparison.Ordinal));
        Assert.DoesNotContain("/demo/app.js", backend.Output, StringComparison.Ordinal);
    }

    /// <summary>No line of the platform's, nor of the proxy's.</summary>
    private static void AssertOwn(string output, string start)
    {
        Assert.Contains(start, output, StringComparison.Ordinal);
        Assert.DoesNotContain(
            output.Split('\n'),
            line => line.Trim().Length > 0 && !line.Contains(": YarpWs.", StringComparison.Ordinal));
    }

    /// <summary>From the settings that <c>yarpws init openid</c> writes, with keys instead of an issuer, as a user without a home.</summary>
    private static ChildProcess Start(string program, string file, params (string Key, string Value)[] settings) => ChildProcess.Start(
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
        [Path.Combine(AppContext.BaseDirectory, program), Repository.PathOf("config", "examples", "start", "openid", file)],
        AppContext.BaseDirectory,
        Tokens.Settings.Concat(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
            .Select(setting => KeyValuePair.Create(setting.Key.Replace(":", "__", StringComparison.Ordinal), setting.Value))
            .Append(KeyValuePair.Create("HOME", (string?)null)));

    private static Task ReadyAsync(HttpClient http, string address, ChildProcess process) => Eventually.IsAsync(
        async stop => (await http.GetAsync(new Uri(new Uri(address), "/readyz"), stop)).IsSuccessStatusCode, $"{address} to be ready", Patience, () => process.Output);

    private static string Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://{listener.LocalEndpoint}";
    }
}
