using System.CommandLine;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Xunit;
using YarpWs.Backend;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Gateway;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Examples;

/// <summary>What <c>yarpws init rooms</c> writes, started: a gateway and a room server with these settings, on ports of their own.</summary>
internal sealed class RoomsSystem : IAsyncDisposable
{
    private readonly List<WebApplication> _processes = [];

    private RoomsSystem(string directory) => Directory = directory;

    /// <summary>Where the settings and the key are.</summary>
    public string Directory { get; }

    public string KeyFile => Path.Combine(Directory, "jwt.json");

    public Uri Gateway { get; private set; } = null!;

    /// <param name="redis">Started already; this does not end it.</param>
    /// <param name="settings">Over the gateway's file.</param>
    public static async Task<RoomsSystem> StartAsync(RedisUnderTest redis, params (string Key, string? Value)[] settings)
    {
        var system = new RoomsSystem(System.IO.Directory.CreateTempSubdirectory("yarpws-rooms-").FullName);
        try
        {
            Assert.Equal(0, (await YarpwsAsync("init", "rooms", "--output", system.Directory)).Code);
            var prefix = "t" + Guid.NewGuid().ToString("N");
            var backend = await system.StartAsync(BackendHost.Build(Path.Combine(system.Directory, "backend.json"), new Dictionary<string, string?>
            {
                ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
                ["Redis:Configuration"] = redis.Configuration,
                ["Redis:KeyPrefix"] = prefix,
                ["Redis:ProbeTimeout"] = TestCluster.Patience,
                ["Logging:LogLevel:Default"] = "Warning",
            }));
            await WaitUntilReadyAsync(backend);
            var overlay = new Dictionary<string, string?>
            {
                ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
                ["Admin:Url"] = "http://127.0.0.1:0",
                ["Redis:Configuration"] = redis.Configuration,
                ["Redis:KeyPrefix"] = prefix,
                ["Redis:CommandTimeout"] = TestCluster.Patience,
                ["ReverseProxy:Clusters:backend:Destinations:a:Address"] = backend.ToString(),
                ["ReverseProxy:Clusters:backend:HealthCheck:Active:Timeout"] = TestCluster.Patience,
                ["Logging:LogLevel:Default"] = "Warning",
            };
            foreach (var (key, value) in settings)
            {
                overlay[key] = value;
            }

            var gateway = GatewayHost.Build(Path.Combine(system.Directory, "gateway.json"), overlay);
            var admin = await system.StartAsync(gateway);
            system.Gateway = gateway.Urls.Select(url => new Uri(url)).First(url => url != admin);
            if (gateway.Urls.First() is { } first && new Uri(first) != system.Gateway)
            {
                await WaitUntilReadyAsync(new Uri(first));
            }

            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>A token by the verb of the command line.</summary>
    public async Task<string> TokenAsync(string user, params string[] roles) =>
        (await YarpwsAsync(["token", Path.Combine(Directory, "gateway.json"), "--user", user, .. roles.SelectMany(role => (string[])["--role", role])])).Output.Trim();

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.AsEnumerable().Reverse())
        {
            await process.DisposeAsync();
        }

        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static async Task<(int Code, string Output)> YarpwsAsync(params string[] args)
    {
        var output = new StringWriter();
        return (await YarpwsCommand.Create().InvokeAsync(args, new InvocationConfiguration { Output = output, Error = output }, TestContext.Current.CancellationToken), output.ToString());
    }

    private async Task<Uri> StartAsync(WebApplication process)
    {
        _processes.Add(process);
        await process.StartAsync(TestContext.Current.CancellationToken);
        return new Uri(process.Urls.First());
    }

    private static async Task WaitUntilReadyAsync(Uri server)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        await Eventually.IsAsync(
            async stop =>
            {
                using var answer = await http.GetAsync(new Uri(server, "/readyz"), stop);
                return answer.StatusCode == HttpStatusCode.OK;
            },
            $"{server} to be ready",
            TimeSpan.FromMinutes(1));
    }
}
