using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;
using YarpWs.Backend;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Gateway;
using YarpWs.Gateway.Edge;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Examples;

/// <summary>
/// The project of config/examples/django as it is after the move, from its own files: gunicorn with the pages, two room servers and the gateway, and daphne beside them. Its people are ann and ben.
/// </summary>
internal sealed class DjangoSite : IAsyncDisposable
{
    public const string Password = "a password of theirs";

    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-django-").FullName;
    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");

    /// <summary>What this holds, to be let go in the opposite order.</summary>
    private readonly Stack<IAsyncDisposable> _held = [];

    public Uri Gateway { get; private set; } = null!;

    private Uri Admin { get; set; } = null!;

    /// <summary>Skips the test, or fails it, where Django is not installed.</summary>
    public static async Task<DjangoSite> StartAsync(RedisServer redis)
    {
        var gunicorn = Requirements.Find("django", "gunicorn");
        var daphne = Requirements.Find("django", "daphne");
        var site = new DjangoSite();
        try
        {
            await site.StartAsync(redis, gunicorn, daphne);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>The destinations of the sockets that are open, of each user's the last.</summary>
    public async Task<IReadOnlyDictionary<string, string>> DestinationsAsync()
    {
        using var http = new HttpClient();
        var sockets = JsonNode.Parse(await http.GetStringAsync(new Uri(Admin, "/sockets"), TestContext.Current.CancellationToken))!["sockets"]!.AsArray();
        return sockets.GroupBy(socket => (string)socket!["user"]!).ToDictionary(user => user.Key, user => (string)user.Last()!["destination"]!);
    }

    public async ValueTask DisposeAsync()
    {
        while (_held.TryPop(out var held))
        {
            if (held is IHost host)
            {
                await host.StopAsync(CancellationToken.None);
            }

            await held.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync(RedisServer redis, string gunicorn, string daphne)
    {
        CopyProject();
        Assert.Equal(0, await YarpwsCommand.Create().InvokeAsync(
            ["key", "--algorithm", "ES256", "--output", Path.Combine(_folder, "login.json")], new() { Output = TextWriter.Null, Error = TextWriter.Null }, TestContext.Current.CancellationToken));
        KeyValuePair<string, string?>[] environment =
        [
            new("SECRET_KEY", "of this test alone"),
            new("DATABASE", Path.Combine(_folder, "db.sqlite3")),
            new("REDIS_PORT", $"{redis.Port}"),
            new("CHANNELS_PREFIX", "l" + _prefix),
            new("PYTHONDONTWRITEBYTECODE", "1"),
        ];

        // Debian's Django belongs to the interpreter beside it.
        var python = Path.Combine(Path.GetDirectoryName(daphne)!, "python3");
        await RunAsync(python, ["manage.py", "migrate", "-v", "0"], environment);
        await RunAsync(python, ["manage.py", "shell", "-c", $"from django.contrib.auth.models import User; [User.objects.create_user(name, password='{Password}') for name in ('ann', 'ben')]"], environment);
        var pages = await Hold(ChildProcess.Start(gunicorn, ["mysite.wsgi", "--bind", "127.0.0.1:0", "--threads", "8"], _folder, environment)).AddressAsync();
        var channels = await Hold(ChildProcess.Start(daphne, ["--endpoint", "tcp:port=0:interface=127.0.0.1", "mysite.asgi:application"], _folder, environment)).AddressAsync();

        var shared = new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Redis:Configuration"] = redis.Configuration,
            ["Redis:KeyPrefix"] = _prefix,
            ["Logging:LogLevel:Default"] = "Warning",
        };
        var rooms = new List<Uri>();
        foreach (var name in (string[])["a", "b"])
        {
            var backend = Hold(BackendHost.Build(Path.Combine(_folder, "backend.json"), new Dictionary<string, string?>(shared)
            {
                ["Node:Name"] = name,
                ["Redis:ProbeTimeout"] = TestCluster.Patience,
                ["Channels:Prefix"] = "l" + _prefix,
            }));
            await backend.StartAsync(TestContext.Current.CancellationToken);
            rooms.Add(new Uri(backend.Urls.First()));
            await WaitUntilReadyAsync(rooms[^1]);
        }

        var gateway = Hold(GatewayHost.Build(Path.Combine(_folder, "gateway.json"), new Dictionary<string, string?>(shared)
        {
            ["Admin:Url"] = "http://127.0.0.1:0",
            ["Authentication:Checks:django:Timeout"] = TestCluster.Patience,
            ["ReverseProxy:Clusters:rooms:HealthCheck:Active:Timeout"] = TestCluster.Patience,
            ["ReverseProxy:Clusters:rooms:Destinations:a:Address"] = rooms[0].ToString(),
            ["ReverseProxy:Clusters:rooms:Destinations:b:Address"] = rooms[1].ToString(),
            ["ReverseProxy:Clusters:django:Destinations:a:Address"] = pages.ToString(),
            ["ReverseProxy:Clusters:daphne:Destinations:a:Address"] = channels.ToString(),
        }));
        await gateway.StartAsync(TestContext.Current.CancellationToken);
        Admin = gateway.Services.GetRequiredService<AdminEndpoint>().Address!;
        Gateway = gateway.Urls.Select(url => new Uri(url)).First(url => url != Admin);
        await WaitUntilReadyAsync(Admin);
    }

    /// <summary>With what a comment of its settings turns on: the rooms that stay on daphne.</summary>
    private void CopyProject()
    {
        var project = Repository.PathOf("config", "examples", "django");
        foreach (var file in Directory.GetFiles(project, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_folder, Path.GetRelativePath(project, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var settings = Path.Combine(_folder, "gateway.json");
        var text = File.ReadAllText(settings);
        var withDaphne = text.Replace("// \"daphne\": {", ", \"daphne\": {", StringComparison.Ordinal);
        Assert.NotEqual(text, withDaphne);
        File.WriteAllText(settings, withDaphne);
    }

    private async Task RunAsync(string program, string[] arguments, KeyValuePair<string, string?>[] environment)
    {
        await using var process = ChildProcess.Start(program, arguments, _folder, environment);
        await process.WaitForExitAsync(TimeSpan.FromMinutes(2));
        Assert.True(process.ExitCode == 0, process.Output);
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

    private T Hold<T>(T held)
        where T : IAsyncDisposable
    {
        _held.Push(held);
        return held;
    }
}
