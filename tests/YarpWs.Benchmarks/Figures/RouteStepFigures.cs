using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using YarpWs.Benchmarks.Hosted;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>What it costs that a route compresses, keeps answers, or counts requests, beside nginx that does the same.</summary>
internal static class RouteStepFigures
{
    private const int Connections = 50;
    private const int Level = 4;
    private const string Document = "/document.json";

    public static IReadOnlyList<Figure> All { get; } =
    [
        new Figure
        {
            Name = "gzip-16k",
            Title = $"CPU time for a GET of a file of 16 KiB of JSON that is compressed by gzip, level {Level}, {Connections} kept connections with one request each under way",
            Unit = "µs/request",
            Ours = "gateway",
            Contenders = bench =>
            [
                new Contender("gateway", Absence: null, async () => await CompressedAsync(await StartFilesAsync(bench.Scratch), bench.Scale)),
                new Contender("nginx", Nginx.Absence, async () => await CompressedAsync(await StartNginxFilesAsync(bench.Scratch), bench.Scale)),
            ],
        },
        Forwarded(
            "kept-answer",
            "that is kept",
            new JsonObject { ["Cache"] = new JsonObject { ["Ages"] = new JsonArray(new JsonObject { ["Age"] = "01:00:00" }) } },
            "proxy_cache_path cache keys_zone=kept:10m;",
            "proxy_cache kept; proxy_cache_valid 200 1h;"),
        Forwarded(
            "rate-let-in",
            "that a rate by address lets in",
            new JsonObject { ["RequestRates"] = new JsonArray(new JsonObject { ["Key"] = "$remote_addr", ["Requests"] = 1_000_000, ["Burst"] = 100_000 }) },
            "limit_req_zone $binary_remote_addr zone=rate:10m rate=1000000r/s;",
            "limit_req zone=rate burst=100000 nodelay;"),
    ];

    /// <param name="name">The figure's.</param>
    /// <param name="what">What is said of the answer in its title.</param>
    /// <param name="settings">What the gateway's route has.</param>
    /// <param name="http">What nginx has in its block http.</param>
    /// <param name="location">What it has in the location.</param>
    private static Figure Forwarded(string name, string what, JsonObject settings, string http, string location) => new()
    {
        Name = name,
        Title = $"CPU time of the proxy for a GET with a small JSON answer {what}, {Connections} kept connections with one request each under way",
        Unit = "µs/request",
        Ours = "gateway",
        Contenders = bench =>
        [
            new Contender("gateway", Absence: null, async () => await StartBehindAsync(bench, backend => StartRouteAsync(bench.Scratch, backend, settings))),
            new Contender("nginx", Nginx.Absence, async () => await StartBehindAsync(bench, backend => StartNginxAsync(bench.Scratch, backend, http, location))),
        ],
    };

    private static async Task<IRun> StartBehindAsync(Bench bench, Func<int, Task<Running>> start)
    {
        var port = Ports.Free();
        var backend = bench.Scratch.Start("echo server", bench.Scratch.NewFolder("echo"), HiddenVerbs.Command(HiddenVerbs.EchoServer, port));
        await backend.WaitForPortAsync(port);
        var proxy = new ProxyUnderTest(await start(port), Running.On(port, backend));
        return new Run(proxy.Proxy, proxy, new HttpLoad(proxy.EndPoint, bench.Scale.Count(Connections, 4)), bench.Scale);
    }

    private static async Task<Running> StartRouteAsync(Scratch scratch, int backend, JsonObject settings)
    {
        var gateway = await GatewayPeer.StartAsync(scratch, [backend], all =>
        {
            var route = all["ReverseProxy"]!["Routes"]!["open"]!.AsObject();
            foreach (var (name, value) in settings)
            {
                route[name] = value!.DeepClone();
            }
        });
        return Running.On(gateway.Port, gateway.Process);
    }

    private static async Task<Running> StartNginxAsync(Scratch scratch, int backend, string http, string location)
    {
        var port = Ports.Free();
        return Running.On(port, await Nginx.StartAsync("nginx", scratch, port, $$"""
            {{http}}
            upstream backend { server 127.0.0.1:{{backend}}; keepalive 64; }
            server {
                listen 127.0.0.1:{{port}} backlog=4096;
                location / {
                    proxy_pass http://backend;
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    proxy_set_header Host $host;
                    proxy_set_header X-Real-IP $remote_addr;
                    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                    {{location}}
                }
            }
            """));
    }

    private static async Task<Running> StartFilesAsync(Scratch scratch)
    {
        var folder = await FolderAsync(scratch);
        var gateway = await GatewayPeer.StartAsync(scratch, [Ports.Free()], settings => settings["ReverseProxy"] = new JsonObject
        {
            ["Routes"] = new JsonObject
            {
                ["files"] = new JsonObject
                {
                    ["Match"] = new JsonObject { ["Path"] = "/{**path}" },
                    ["AuthorizationPolicy"] = "anonymous",
                    ["Files"] = new JsonObject { ["Root"] = folder },
                    ["Compression"] = new JsonObject { ["Level"] = Level },
                },
            },
        });
        return Running.On(gateway.Port, gateway.Process);
    }

    private static async Task<Running> StartNginxFilesAsync(Scratch scratch)
    {
        var (folder, port) = (await FolderAsync(scratch), Ports.Free());
        return Running.On(port, await Nginx.StartAsync("nginx", scratch, port, $$"""
            types { application/json json; }
            gzip on;
            gzip_comp_level {{Level}};
            gzip_types application/json;
            server { listen 127.0.0.1:{{port}} backlog=4096; root {{folder}}; location / { try_files $uri $uri/ =404; } }
            """));
    }

    private static async Task<string> FolderAsync(Scratch scratch)
    {
        var folder = scratch.NewFolder("files");
        await File.WriteAllBytesAsync(Path.Combine(folder, Document[1..]), Json());
        return folder;
    }

    /// <summary>A list of different objects, as applications answer with: neither all the same nor noise.</summary>
    private static byte[] Json()
    {
        var (random, text) = (new Random(1), new StringBuilder("["));
        for (var id = 0; text.Length < 16_300; id++)
        {
            text.Append(id == 0 ? "" : ",").Append($$"""{"id":{{id}},"name":"item {{random.Next(100_000)}}","price":{{random.Next(10_000)}},"tags":["new","shelf-{{random.Next(50)}}"],"available":{{(random.Next(2) == 0 ? "true" : "false")}}}""");
        }

        return Encoding.ASCII.GetBytes(text.Append(']').ToString());
    }

    /// <summary>Each has a body of its own, which is the document's for whoever unpacks it.</summary>
    private static async Task<IRun> CompressedAsync(Running server, Scale scale)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AutomaticDecompression = DecompressionMethods.None });
        http.DefaultRequestHeaders.Add("Accept-Encoding", "gzip");
        var body = await http.GetByteArrayAsync(new Uri($"http://{server.EndPoint}{Document}"));
        using var unpacked = new MemoryStream();
        await using (var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress))
        {
            await gzip.CopyToAsync(unpacked);
        }

        return unpacked.ToArray().AsSpan().SequenceEqual(Json())
            ? new Run(server, server, new HttpLoad(server.EndPoint, scale.Count(Connections, 4), Requests.Get(server.EndPoint, Document, "Accept: application/json", "User-Agent: bench/1", "Accept-Encoding: gzip"), body), scale)
            : throw new WrongAnswerException("What was unpacked is not the document.");
    }

    private sealed class Run(Running server, IAsyncDisposable all, HttpLoad load, Scale scale) : IRun
    {
        public Task WarmUpAsync()
        {
            WarmUp.Run(scale, server, time => load.RunFor(time));
            return Task.CompletedTask;
        }

        public Task<Measurement> MeasureAsync() => Task.FromResult(CpuCost.Measure(server.CpuSeconds, "requests", () => load.RunFor(scale.Round)));

        public async ValueTask DisposeAsync()
        {
            load.Dispose();
            await all.DisposeAsync();
        }
    }
}
