using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using YarpWs.Benchmarks.Hosted;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;
using YarpWs.Benchmarks.Servers;
using YarpWs.Tests.Support;

namespace YarpWs.Benchmarks.Figures;

/// <summary>How long sockets wait that share their HTTP/2 connection with others that are stuck, held back by a rate, or beside uploads.</summary>
internal static class SharedConnectionFigure
{
    private const int Healthy = 50;
    private const int Stuck = 5;
    private const int Limited = 5;
    private const int Uploads = 2;
    private const string Shared = "one connection";

    public static Figure Instance { get; } = new()
    {
        Name = "bystander-shared",
        Title = $"Round trip of a message over one of {Healthy} WebSockets on one HTTP/2 connection, beside {Stuck} that nobody reads, {Limited} that a rate holds back and {Uploads} uploads, in the middle",
        Unit = "ms",
        Ours = Shared,
        Targets = [new Target("connections of their own", 1.5)],
        Contenders = bench => [Contender(Shared, isShared: true, bench), Contender("connections of their own", isShared: false, bench)],
    };

    private static Contender Contender(string name, bool isShared, Bench bench) => new(name, null, async () =>
    {
        var (echo, uploads, port) = (Ports.Free(), Ports.Free(), Ports.Free());
        var backend = bench.Scratch.Start("echo server", bench.Scratch.NewFolder("echo"), HiddenVerbs.Command(HiddenVerbs.EchoServer, echo));
        await backend.WaitForPortAsync(echo);
        var gateway = await GatewayPeer.StartAsync(bench.Scratch, [echo], settings => Configure(settings, port, uploads));
        return new Run(new ProxyUnderTest(Running.On(port, gateway.Process), Running.On(echo, backend)), await StartSlowReaderAsync(uploads), bench.Scale, isShared);
    });

    /// <summary>A destination that takes its time over what it is sent.</summary>
    private static async Task<WebApplication> StartSlowReaderAsync(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}").ConfigureKestrel(kestrel =>
            (kestrel.Limits.MaxRequestBodySize, kestrel.Limits.MinRequestBodyDataRate) = (null, null));
        var reader = builder.Build();
        reader.Run(async context =>
        {
            var buffer = new byte[64 << 10];
            while (await context.Request.Body.ReadAsync(buffer) > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10));
            }
        });
        await reader.StartAsync();
        return reader;
    }

    private static void Configure(JsonObject settings, int port, int uploads)
    {
        settings["Edge"]!["MaxRequestBodyBytes"] = 1L << 40;
        settings["Kestrel"]!["Endpoints"]!["Http2"] = new JsonObject { ["Url"] = $"http://127.0.0.1:{port}", ["Protocols"] = "Http2" };
        var routes = settings["ReverseProxy"]!["Routes"]!;
        routes["uploads"] = Route("/uploads/{**rest}");
        routes["uploads"]!["ClusterId"] = "uploads";
        settings["ReverseProxy"]!["Clusters"]!["uploads"] = new JsonObject { ["Destinations"] = new JsonObject { ["a"] = new JsonObject { ["Address"] = $"http://127.0.0.1:{uploads}" } } };
        routes["stuck"] = Route("/stuck/{**rest}", ("Sockets.BytesPerSecond", "0.01 burst 1"));
        routes["limited"] = Route("/limited/{**rest}", ("Sockets.BytesPerSecond", "100000 burst 1000"));
    }

    private static JsonObject Route(string path, params (string Key, string Value)[] metadata) => new()
    {
        ["ClusterId"] = "backend",
        ["AuthorizationPolicy"] = "anonymous",
        ["Match"] = new JsonObject { ["Path"] = path },
        ["Metadata"] = new JsonObject(metadata.Select(one => KeyValuePair.Create<string, JsonNode?>(one.Key, one.Value))),
    };

    private sealed class Run(ProxyUnderTest proxy, WebApplication slowReader, Scale scale, bool isShared) : IRun
    {
        private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

        /// <summary>For the answer to one message: more is a socket that is lost.</summary>
        private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

        private static readonly byte[] Piece = new byte[Http2Wire.MaxFrame];

        private readonly CancellationTokenSource _stop = new();
        private readonly List<Http2Wire> _connections = [];
        private readonly List<Http2WireStream> _sockets = [];
        private readonly List<Task> _load = [];
        private long _uploaded;

        public async Task WarmUpAsync()
        {
            var common = await ConnectAsync();
            foreach (var path in Enumerable.Repeat("/stuck/x", Stuck).Concat(Enumerable.Repeat("/limited/x", Limited)))
            {
                var socket = await OpenAsync(common, path);
                await EchoAsync(socket);
                _load.Add(SendOnAsync(socket, Frames.FromClient(Opcode.Binary, new byte[1_000])));
                _load.Add(ReadOnAsync(socket));
            }

            for (var i = 0; i < Uploads; i++)
            {
                _load.Add(UploadAsync(await common.OpenAsync("POST", "/uploads/x", hasBody: true)));
            }

            for (var i = 0; i < Healthy; i++)
            {
                _sockets.Add(await OpenAsync(isShared ? common : await ConnectAsync(), "/open/echo"));
            }

            for (var until = Stopwatch.StartNew(); until.Elapsed < scale.WarmUp;)
            {
                await RoundAsync(new LatencyHistogram());
            }
        }

        public async Task<Measurement> MeasureAsync()
        {
            var latency = new LatencyHistogram();
            var before = Volatile.Read(ref _uploaded);
            for (var until = Stopwatch.StartNew(); until.Elapsed < scale.Round;)
            {
                await RoundAsync(latency);
            }

            return new Measurement(
                latency.Microseconds(0.5) / 1e3,
                ("p99 ms", latency.Microseconds(0.99) / 1e3),
                ("worst ms", latency.Microseconds(1) / 1e3),
                ("MB/s uploaded", (Volatile.Read(ref _uploaded) - before) / scale.Round.TotalSeconds / 1e6));
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Task.WhenAll(_load);
            foreach (var connection in _connections)
            {
                await connection.DisposeAsync();
            }

            await proxy.DisposeAsync();
            await slowReader.DisposeAsync();
            _stop.Dispose();
        }

        private async Task RoundAsync(LatencyHistogram latency)
        {
            foreach (var socket in _sockets)
            {
                var sent = Stopwatch.GetTimestamp();
                await EchoAsync(socket);
                latency.Record(Stopwatch.GetTimestamp() - sent);
            }

            await Task.Delay(Pause);
        }

        private async Task<Http2Wire> ConnectAsync()
        {
            var connection = await Http2Wire.ConnectAsync(proxy.EndPoint, _stop.Token);
            _connections.Add(connection);
            return connection;
        }

        private static async Task<Http2WireStream> OpenAsync(Http2Wire connection, string path)
        {
            var socket = await connection.OpenSocketAsync(path);
            return await socket.Status.WaitAsync(Longest) == (int)HttpStatusCode.OK ? socket : throw new WrongAnswerException($"A handshake on {path} was refused.");
        }

        private static async Task EchoAsync(Http2WireStream socket)
        {
            using var deadline = new CancellationTokenSource(Longest);
            await socket.SendAsync(Frames.FromClient(Opcode.Text, "now"u8), deadline.Token);
            if (!(await socket.ReadAsync(5, deadline.Token)).AsSpan(2).SequenceEqual("now"u8))
            {
                throw new WrongAnswerException("A message came back as another.");
            }
        }

        private Task SendOnAsync(Http2WireStream socket, byte[] message) => UntilStoppedAsync(() => socket.SendAsync(message, _stop.Token));

        private Task ReadOnAsync(Http2WireStream socket) => UntilStoppedAsync(() => socket.ReadAsync(1, _stop.Token));

        private Task UploadAsync(Http2WireStream upload) => UntilStoppedAsync(async () =>
        {
            await upload.SendAsync(Piece, _stop.Token);
            Interlocked.Add(ref _uploaded, Piece.Length);
        });

        private async Task UntilStoppedAsync(Func<Task> one)
        {
            try
            {
                while (true)
                {
                    await one();
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // The run is over.
            }
            catch (System.Threading.Channels.ChannelClosedException)
            {
                // A socket that was stuck for too long was closed.
            }
        }
    }
}
