using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Xunit;
using YarpWs.Backend;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Gateway;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Examples;

/// <summary>The two machines of the examples, from their files: addresses of this machine go over those of theirs.</summary>
public sealed class TwoMachinesTests(SharedGarnet garnet) : IClassFixture<SharedGarnet>, IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-machines-").FullName;
    private readonly List<WebApplication> _processes = [];
    private readonly List<Uri> _gateways = [];

    public async ValueTask InitializeAsync()
    {
        foreach (var file in Directory.GetFiles(Repository.PathOf("config", "examples", "two-machines"), "*.json"))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        await YarpwsAsync("key", "--output", Path.Combine(_folder, "jwt.json"));
        var shared = new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Redis:Configuration"] = garnet.Server.Configuration,
            ["Redis:KeyPrefix"] = "t" + Guid.NewGuid().ToString("N"),
            ["Logging:LogLevel:Default"] = "Warning",
        };
        var backends = new List<string>();
        foreach (var machine in (string[])["a", "b"])
        {
            var backend = BackendHost.Build(Path.Combine(_folder, "backend.json"), new Dictionary<string, string?>(shared) { ["Node:Name"] = machine, ["Redis:ProbeTimeout"] = TestCluster.Patience });
            await StartAsync(backend);
            backends.Add(backend.Urls.First());
        }

        foreach (var _ in backends)
        {
            var gateway = GatewayHost.Build(Path.Combine(_folder, "gateway.json"), new Dictionary<string, string?>(shared)
            {
                ["Admin:Url"] = "http://127.0.0.1:0",
                ["ReverseProxy:Clusters:backend:Destinations:a:Address"] = backends[0],
                ["ReverseProxy:Clusters:backend:Destinations:b:Address"] = backends[1],
                ["ReverseProxy:Clusters:backend:HealthCheck:Active:Timeout"] = TestCluster.Patience,
            });
            await StartAsync(gateway);
            _gateways.Add(await PublicOfAsync(gateway));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.AsEnumerable().Reverse())
        {
            await process.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Message_CrossesFromOneMachineToTheOther()
    {
        var token = (await YarpwsAsync("token", Path.Combine(_folder, "gateway.json"), "--user", "ann")).Trim();
        await using var a = await RawWebSocket.ConnectAsync(_gateways[0], "/ws/start/blue", $"Authorization: Bearer {token}");
        await using var b = await RawWebSocket.ConnectAsync(_gateways[1], "/ws/start/blue", $"Authorization: Bearer {token}");

        await a.SendAsync("""{"message": "across"}""");

        await a.ExpectAsync("across");
        await b.ExpectAsync("across");
    }

    private async Task StartAsync(WebApplication process)
    {
        _processes.Add(process);
        await process.StartAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The one of its two addresses that is not the operator's, once it can serve.</summary>
    private static async Task<Uri> PublicOfAsync(WebApplication gateway)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        Uri? found = null;
        await Eventually.IsAsync(
            async stop =>
            {
                foreach (var url in gateway.Urls.Select(url => new Uri(url)))
                {
                    using var answer = await http.GetAsync(new Uri(url, "/ws/start/blue"), stop);
                    found = (int)answer.StatusCode == 401 ? url : found;
                }

                return found is not null;
            },
            "the gateway to ask for a login",
            TimeSpan.FromMinutes(1));
        return found!;
    }

    private static async Task<string> YarpwsAsync(params string[] args)
    {
        var output = new StringWriter();
        Assert.Equal(0, await YarpwsCommand.Create().InvokeAsync(args, new InvocationConfiguration { Output = output, Error = output }, TestContext.Current.CancellationToken));
        return output.ToString();
    }
}
