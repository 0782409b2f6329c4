using System.Net;
using System.Text.Json;
using Xunit;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Cluster;

/// <summary>
/// The whole system as it is deployed: a gateway and two backends, each a process of its own, from the shipped configuration with the
/// environment over it. It is ready as soon as it has started, and nothing of it outlives the test.
/// </summary>
public sealed class ProcessCluster : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(1);

    private readonly List<ChildProcess> _backends = [];
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private ChildProcess? _gateway;

    /// <summary>Where clients connect.</summary>
    public Uri Gateway { get; } = FreePort.NextUrl();

    public Uri Admin { get; } = FreePort.NextUrl();

    public IReadOnlyList<Uri> Backends { get; } = [FreePort.NextUrl(), FreePort.NextUrl()];

    /// <param name="redis">Started already; the cluster does not end it.</param>
    /// <param name="settings">Over the shipped files, for the backends.</param>
    public static async Task<ProcessCluster> StartAsync(RedisUnderTest redis, params (string Key, string Value)[] settings)
    {
        var cluster = new ProcessCluster();
        try
        {
            await cluster.StartProcessesAsync(redis, settings);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Connects a client to a room, with a login. It hears with each message who sent it, from which node.</summary>
    public Task<RawWebSocket> JoinAsync(string room, string user) => RawWebSocket.ConnectAsync(
        Gateway,
        $"/ws/start/{room}",
        $"Authorization: Bearer {Tokens.For(user)}",
        $"Sec-WebSocket-Protocol: {AttributedMessage.Subprotocol}");

    /// <summary>The backend, by index, that holds this client: it says so in what the client sends. The room hears it too.</summary>
    public static async Task<int> NodeOfAsync(RawWebSocket client)
    {
        var question = Guid.NewGuid().ToString("N");
        await client.SendAsync($$"""{"message": "{{question}}"}""");
        while (true)
        {
            var frame = await client.ReadFrameAsync("its own message, which names its node");
            Assert.Equal(Opcode.Text, frame?.Opcode);
            if (AttributedMessage.Parse(frame!.Text) is { } heard && heard.Message == question)
            {
                return NameOf(0) == heard.Node ? 0 : 1;
            }
        }
    }

    /// <summary>The backend, by index, among whose newest lines is this one; null where there is none.</summary>
    public int? BackendThatSaid(string line) => _backends.FindIndex(backend => backend.Output.Contains(line, StringComparison.Ordinal)) is >= 0 and var index ? index : null;

    /// <summary><c>kill -9</c>.</summary>
    public void KillBackend(int index) => _backends[index].Kill();

    /// <summary><c>kill</c>, and waits for the end.</summary>
    public async Task StopBackendAsync(int index)
    {
        _backends[index].Stop();
        await _backends[index].WaitForExitAsync(Deadline.Length);
    }

    /// <summary>The memory that each process holds now, by name.</summary>
    public IReadOnlyDictionary<string, long> ResidentBytes() => new Dictionary<string, long>
    {
        ["gateway"] = _gateway!.ResidentBytes(),
        ["backend a"] = _backends[0].ResidentBytes(),
        ["backend b"] = _backends[1].ResidentBytes(),
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _backends.Append(_gateway).OfType<ChildProcess>())
        {
            await process.DisposeAsync();
        }

        _http.Dispose();
    }

    private async Task StartProcessesAsync(RedisUnderTest redis, (string Key, string Value)[] settings)
    {
        var prefix = "t" + Guid.NewGuid().ToString("N");
        for (var index = 0; index < Backends.Count; index++)
        {
            _backends.Add(Start("YarpWs.Backend.dll", "backend.json",
            [
                ("Kestrel:Endpoints:Http:Url", Backends[index].GetLeftPart(UriPartial.Authority)),
                ("Redis:Configuration", redis.Configuration),
                ("Redis:CommandTimeout", TestCluster.Patience),
                ("Redis:ProbeTimeout", TestCluster.Patience),
                ("Redis:KeyPrefix", prefix),
                ("Node:Name", NameOf(index)),
                ("Connections:PingInterval", TestCluster.Quiet),
                .. settings,
            ]));
        }

        for (var index = 0; index < Backends.Count; index++)
        {
            await WaitUntilReadyAsync(Backends[index], _backends[index]);
        }

        _gateway = Start("YarpWs.Gateway.dll", "gateway.json",
        [
            ("Kestrel:Endpoints:Http:Url", Gateway.GetLeftPart(UriPartial.Authority)),
            ("Admin:Url", Admin.GetLeftPart(UriPartial.Authority)),
            ("Sockets:PingInterval", TestCluster.Quiet),
            ("ReverseProxy:Clusters:backend:Destinations:a:Address", Backends[0].ToString()),
            ("ReverseProxy:Clusters:backend:Destinations:b:Address", Backends[1].ToString()),
        ]);
        await WaitUntilReadyAsync(Admin, _gateway);
    }

    private Task WaitUntilReadyAsync(Uri server, ChildProcess process) => Eventually.IsAsync(
        async cancellationToken =>
        {
            Assert.False(process.HasExited, $"The server at {server} ended. It printed:{Environment.NewLine}{process.Output}");
            using var answer = await _http.GetAsync(new Uri(server, "/readyz"), cancellationToken);
            return answer.StatusCode is HttpStatusCode.OK;
        },
        $"{server} to be ready",
        StartDeadline,
        () => $"It printed:{Environment.NewLine}{process.Output}");

    private static ChildProcess Start(string program, string file, IEnumerable<(string Key, string Value)> settings)
    {
        var environment = Tokens.Settings.Concat(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
            .Select(setting => KeyValuePair.Create(setting.Key.Replace(":", "__", StringComparison.Ordinal), setting.Value));
        return ChildProcess.Start(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [Path.Combine(AppContext.BaseDirectory, program), Path.Combine(AppContext.BaseDirectory, "config", file)],
            AppContext.BaseDirectory,
            environment);
    }

    private static string NameOf(int index) => index == 0 ? "a" : "b";
}

/// <summary>What a client of the attributed protocol hears.</summary>
internal sealed record AttributedMessage(string Message, string? From, string Node)
{
    public const string Subprotocol = "attributed.yarpws.v1";

    public static AttributedMessage Parse(string text) => JsonSerializer.Deserialize<AttributedMessage>(text, JsonSerializerOptions.Web)!;
}
