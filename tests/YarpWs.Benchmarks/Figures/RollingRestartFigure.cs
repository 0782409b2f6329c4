using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using YarpWs.Benchmarks.Hosted;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Peers;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Figures;

/// <summary>
/// How long it takes until all clients of a gateway that stops are on one that has just started, while every processor is busy with something else. A destination
/// that is taken for dead meanwhile, a client that is cut off, or one that is not let in after minutes, voids the run.
/// </summary>
internal static class RollingRestartFigure
{
    private const int PerSecond = 500;

    /// <summary>9,000, or as many as a gateway may hold.</summary>
    private static readonly int Most = Math.Min(9_000, Limits.ProxiedSockets);

    public static Figure Instance { get; } = new()
    {
        Name = "rolling-restart",
        Title = $"Time until {Most:N0} clients of a gateway that stops, with {PerSecond} goodbyes a second, are on one that has just started, every processor busy with something else",
        Unit = "s",
        Ours = "gateway",
        Targets = [new Target("goodbyes alone", 2.0)],
        Contenders = bench =>
        [
            new Contender("gateway", null, () => Task.FromResult<IRun>(new Run(bench, build: null))),
            .. bench.Before is { } before ? [new Contender("before", null, () => Task.FromResult<IRun>(new Run(bench, before)))] : Array.Empty<Contender>(),
            new Contender("goodbyes alone", null, () => Task.FromResult<IRun>(new Rate(SocketsIn(bench.Scale)))),
        ],
    };

    private static int SocketsIn(Scale scale) => scale.Count(Most, 40);

    /// <summary>What the rate itself needs.</summary>
    private sealed class Rate(int sockets) : IRun
    {
        public Task WarmUpAsync() => Task.CompletedTask;

        public Task<Measurement> MeasureAsync() => Task.FromResult(new Measurement((double)sockets / PerSecond));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>A process that has just started is one only once, so that every round has all of its own.</summary>
    private sealed class Run(Bench bench, string? build) : IRun
    {
        public Task WarmUpAsync() => Task.CompletedTask;

        public async Task<Measurement> MeasureAsync()
        {
            int[] ports = [Ports.Free(), Ports.Free()];
            List<ServerProcess> backends = [];
            foreach (var port in ports)
            {
                backends.Add(bench.Scratch.Start("echo server", bench.Scratch.NewFolder("echo"), HiddenVerbs.Command(HiddenVerbs.EchoServer, port)));
                await backends[^1].WaitForPortAsync(port);
            }

            await using var servers = new Running([], backends, []);
            var old = await GatewayPeer.StartAsync(bench.Scratch, ports, Change, GatewayPeer.Command(build));
            await using var oldProcess = old.Process;
            await using var clients = await ReturningClients.OpenAsync(new IPEndPoint(IPAddress.Loopback, old.Port), SocketsIn(bench.Scale));
            await using var busy = bench.Scratch.Start("busy", bench.Scratch.NewFolder("busy"), HiddenVerbs.Command(HiddenVerbs.Busy, Environment.ProcessorCount));
            var starting = Stopwatch.GetTimestamp();
            var young = await GatewayPeer.StartAsync(bench.Scratch, ports, Change, GatewayPeer.Command(build));
            await using var youngProcess = young.Process;
            var start = Stopwatch.GetElapsedTime(starting);

            var took = await clients.ReturnAsync(new IPEndPoint(IPAddress.Loopback, young.Port), old.Process.Stop);
            await clients.EchoAsync();
            return young.Process.OutputLines().FirstOrDefault(line => line.Contains("nhealthy", StringComparison.Ordinal)) is { } marked
                ? throw new WrongAnswerException($"A destination was taken for dead: {marked}")
                : new Measurement(
                    took.TotalSeconds,
                    ("longest pause s", clients.LongestPause.TotalSeconds),
                    ("refusals", clients.Refusals),
                    ("start of the gateway s", start.TotalSeconds));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        /// <summary>As shipped where that matters here: how sockets are told to go, and when somebody is taken for dead.</summary>
        private static void Change(JsonObject settings)
        {
            settings.Remove("Sockets");
            settings["Shutdown"] = new JsonObject { ["SocketsPerSecond"] = PerSecond, ["Timeout"] = "00:02:00" };
            settings["ReverseProxy"]!["Clusters"]!["backend"]!["HealthCheck"] = JsonNode.Parse("""
                {
                  "AvailableDestinationsPolicy": "HealthyOrLast",
                  "Active": { "Enabled": true, "Interval": "00:00:02", "Timeout": "00:00:02", "Policy": "ConsecutiveFailures", "Path": "/readyz" }
                }
                """);
        }
    }
}
