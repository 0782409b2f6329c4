using System.Text.Json.Nodes;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>What a file from the disk costs, a small one and a large one. The files are in the system's cache.</summary>
internal static class FileFigures
{
    private const int Connections = 20;

    public static IReadOnlyList<Figure> All { get; } =
    [
        Figure("file-1k", 1 << 10, "1 KiB"),
        Figure("file-1m", 1 << 20, "1 MiB", new Target("nginx", 1.5)),
    ];

    private static Figure Figure(string name, int bytes, string size, params Target[] targets) => new()
    {
        Name = name,
        Title = $"CPU time for a GET of a file of {size}, {Connections} kept connections with one request each under way",
        Unit = "µs/request",
        Ours = "gateway",
        Targets = targets,
        Contenders = bench =>
        [
            new Contender("gateway", Absence: null, async () => new Run(await StartGatewayAsync(bench.Scratch, bytes), bench.Scale, bytes)),
            new Contender("nginx", Nginx.Absence, async () => new Run(await StartNginxAsync(bench.Scratch, bytes), bench.Scale, bytes)),
        ],
    };

    private static byte[] BodyOf(int bytes) => [.. Enumerable.Range(0, bytes).Select(at => (byte)('a' + (at % 26)))];

    private static async Task<string> FolderAsync(Scratch scratch, int bytes)
    {
        var folder = scratch.NewFolder("files");
        await File.WriteAllBytesAsync(Path.Combine(folder, "data.bin"), BodyOf(bytes));
        return folder;
    }

    private static async Task<Running> StartGatewayAsync(Scratch scratch, int bytes)
    {
        var folder = await FolderAsync(scratch, bytes);
        var gateway = await GatewayPeer.StartAsync(scratch, [Ports.Free()], settings => settings["ReverseProxy"] = new JsonObject
        {
            ["Routes"] = new JsonObject
            {
                ["files"] = new JsonObject
                {
                    ["Match"] = new JsonObject { ["Path"] = "/{**path}" },
                    ["AuthorizationPolicy"] = "anonymous",
                    ["Files"] = new JsonObject { ["Root"] = folder },
                },
            },
        });
        return Running.On(gateway.Port, gateway.Process);
    }

    private static async Task<Running> StartNginxAsync(Scratch scratch, int bytes)
    {
        var (folder, port) = (await FolderAsync(scratch, bytes), Ports.Free());
        return Running.On(port, await Nginx.StartAsync("nginx", scratch, port, $$"""
            sendfile on;
            tcp_nopush on;
            server { listen 127.0.0.1:{{port}} backlog=4096; root {{folder}}; location / { try_files $uri $uri/ =404; } }
            """));
    }

    private sealed class Run(Running server, Scale scale, int bytes) : IRun
    {
        private readonly HttpLoad _load = new(server.EndPoint, scale.Count(Connections, 4), HttpLoad.Get(server.EndPoint, "/data.bin"), BodyOf(bytes));

        public Task WarmUpAsync()
        {
            WarmUp.Run(scale, server, time => _load.RunFor(time));
            return Task.CompletedTask;
        }

        public Task<Measurement> MeasureAsync() => Task.FromResult(CpuCost.Measure(server.CpuSeconds, "requests", () => _load.RunFor(scale.Round)));

        public async ValueTask DisposeAsync()
        {
            _load.Dispose();
            await server.DisposeAsync();
        }
    }
}
