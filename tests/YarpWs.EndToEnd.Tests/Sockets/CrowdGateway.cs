using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>A gateway that is a process of its own, with a settings file that the test edits; everybody comes to destination a as long as there is one.</summary>
internal sealed class CrowdGateway : IAsyncDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly string _directory = Directory.CreateTempSubdirectory("yarpws-crowd-").FullName;
    private readonly RawBackend _backend;
    private readonly Uri _admin = FreePort.NextUrl();

    private CrowdGateway(RawBackend backend) => _backend = backend;

    public Uri Address { get; } = FreePort.NextUrl();

    public ChildProcess Process { get; private set; } = null!;

    private string SettingsFile => Path.Combine(_directory, "gateway.json");

    public static async Task<CrowdGateway> StartAsync(RawBackend backend)
    {
        var gateway = new CrowdGateway(backend);
        await File.WriteAllTextAsync(gateway.SettingsFile, gateway.Text(0, ""));
        gateway.Process = ChildProcess.Start(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "YarpWs.Gateway.dll"), gateway.SettingsFile],
            AppContext.BaseDirectory,
            Tokens.Settings.Select(pair => KeyValuePair.Create(pair.Key.Replace(":", "__", StringComparison.Ordinal), pair.Value)));
        await gateway.UntilAsync("/readyz", answer => Task.FromResult(answer.StatusCode == HttpStatusCode.OK));
        return gateway;
    }

    /// <summary>Saves another version of the settings, and returns when it runs. Each gives the cluster a new HTTP client, the most that a change can do.</summary>
    /// <param name="version">Larger than all before.</param>
    /// <param name="metadata">The route's, as JSON members.</param>
    public async Task ReloadAsync(int version, string metadata = "")
    {
        var next = SettingsFile + ".new";
        await File.WriteAllTextAsync(next, Text(version, metadata));
        File.Move(next, SettingsFile, overwrite: true);
        await UntilAsync("/routes", async answer => (await answer.Content.ReadAsStringAsync()).Contains($"version{version}-", StringComparison.Ordinal));
    }

    public async Task DrainAsync(int perSecond)
    {
        using var answer = await _http.PostAsJsonAsync(new Uri(_admin, "/destinations/a/drain"), new { perSecond });
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Sockets that stand in its table.</summary>
    public async Task<int> SocketsAsync()
    {
        var list = await _http.GetFromJsonAsync<JsonElement>(new Uri(_admin, "/destinations"));
        return list.GetProperty("destinations").EnumerateArray().Sum(destination => destination.GetProperty("sockets").GetInt32());
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private Task UntilAsync(string page, Func<HttpResponseMessage, Task<bool>> isSo) => Eventually.IsAsync(
        async cancellation =>
        {
            Assert.False(Process.HasExited, Process.Output);
            using var answer = await _http.GetAsync(new Uri(_admin, page), cancellation);
            return await isSo(answer);
        },
        $"{page} to say so",
        TimeSpan.FromMinutes(1),
        () => Process.Output);

    private string Text(int version, string metadata) => $$"""
        {
          "Kestrel": { "Endpoints": { "Http": { "Url": "{{Address.GetLeftPart(UriPartial.Authority)}}" } } },
          "Admin": { "Url": "{{_admin.GetLeftPart(UriPartial.Authority)}}" },
          "Routes": { "PollInterval": "00:00:00.010" },
          "Shutdown": { "Timeout": "00:01:00", "SocketsPerSecond": 500 },
          "Sockets": { "HandshakeTimeout": "00:01:00" },
          "Logging": { "LogLevel": { "Default": "Warning" } },
          "ReverseProxy": {
            "Routes": {
              "open": { "ClusterId": "backend", "AuthorizationPolicy": "anonymous", "Match": { "Path": "/open/{**rest}" }, "Metadata": { {{metadata}} } },
              "version{{version}}-": { "ClusterId": "backend", "AuthorizationPolicy": "anonymous", "Match": { "Path": "/version{{version}}" } }
            },
            "Clusters": {
              "backend": {
                "LoadBalancingPolicy": "FirstAlphabetical",
                "HttpClient": { "MaxConnectionsPerServer": {{10_000 + version}} },
                "HttpRequest": { "Version": "1.1", "VersionPolicy": "RequestVersionExact" },
                "Destinations": { "a": { "Address": "{{_backend.Address}}" }, "b": { "Address": "{{_backend.Address}}" } }
              }
            }
          }
        }
        """;
}
