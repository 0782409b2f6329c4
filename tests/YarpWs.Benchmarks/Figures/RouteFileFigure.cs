using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using YarpWs.Benchmarks.Hosted;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>How long it takes until a large route file is checked, compared and applied, and what requests notice of it meanwhile.</summary>
internal static class RouteFileFigure
{
    private const int Routes = 5_000;
    private const int Connections = 4;

    public static Figure Instance { get; } = new()
    {
        Name = "route-file",
        Title = $"time until a file with {Routes} routes, of which one has changed, is checked and applied, with {Connections} connections that ask all the while",
        Unit = "ms",
        Ours = "gateway",
        Contenders = bench => [new Contender("gateway", null, () => StartAsync(bench))],
    };

    private static async Task<IRun> StartAsync(Bench bench)
    {
        var port = Ports.Free();
        var backend = bench.Scratch.Start("echo server", bench.Scratch.NewFolder("echo"), HiddenVerbs.Command(HiddenVerbs.EchoServer, port));
        await backend.WaitForPortAsync(port);
        var gateway = await GatewayPeer.StartAsync(bench.Scratch, [port], settings => AddRoutes(settings, bench.Scale.Count(Routes, 50)));
        return new Run(gateway, backend, bench.Scale);
    }

    private static void AddRoutes(JsonObject settings, int count)
    {
        var routes = settings["ReverseProxy"]!["Routes"]!.AsObject();
        for (var i = 0; i < count; i++)
        {
            routes[$"service-{i}"] = new JsonObject
            {
                ["ClusterId"] = "backend",
                ["AuthorizationPolicy"] = "anonymous",
                ["Match"] = new JsonObject { ["Path"] = $"/services/{i}/{{**rest}}" },
            };
        }
    }

    private sealed class Run(StartedGateway gateway, ServerProcess backend, Scale scale) : IRun
    {
        private readonly HttpClient _admin = new() { BaseAddress = gateway.Admin };
        private readonly HttpLoad _load = new(new IPEndPoint(IPAddress.Loopback, gateway.Port), Connections);
        private readonly JsonObject _settings = JsonNode.Parse(File.ReadAllText(gateway.SettingsFile))!.AsObject();
        private int _revision = 1;

        public async Task WarmUpAsync()
        {
            for (var i = 0; i < scale.Count(5, 1); i++)
            {
                await ApplyAsync();
            }

            WarmUp.Run(scale, Running.On(gateway.Port, gateway.Process), time => _load.RunFor(time));
        }

        public async Task<Measurement> MeasureAsync()
        {
            var asking = Task.Run(() => _load.RunFor(scale.Round));
            var started = Stopwatch.GetTimestamp();
            await ApplyAsync();
            var applied = Stopwatch.GetElapsedTime(started);
            var result = await asking;
            return new Measurement(
                applied.TotalMilliseconds, ("slowest request ms", result.Latency.Microseconds(1) / 1000), ("p99 ms", result.Latency.Microseconds(0.99) / 1000));
        }

        public async ValueTask DisposeAsync()
        {
            _admin.Dispose();
            _load.Dispose();
            await gateway.Process.DisposeAsync();
            await backend.DisposeAsync();
        }

        private async Task ApplyAsync()
        {
            _revision++;
            _settings["ReverseProxy"]!["Routes"]!["service-0"]!["Order"] = _revision;
            using var answer = await _admin.PostAsJsonAsync("/routes", _settings);
            answer.EnsureSuccessStatusCode();
            var running = await _admin.GetFromJsonAsync<JsonElement>("/routes");
            if (running.GetProperty("revision").GetInt32() != _revision)
            {
                throw new WrongAnswerException($"The gateway does not run revision {_revision}: {running}");
            }
        }
    }
}
