using OpenTelemetry.Metrics;

namespace YarpWs.Platform.Telemetry;

/// <summary>
/// What is measured of the platform: what an operator's panel or alert asks for, by few tags that no client can invent. All else that the platform could measure is left
/// out, with what it costs for each request and the series that it takes: a request's route and status stand in one histogram and nowhere else.
/// </summary>
internal static class PlatformMeters
{
    private const string Route = "http.route";
    private const string Status = "http.response.status_code";
    private const string Error = "error.type";

    private static readonly string[] Meters = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime"];

    /// <summary>From what is answered here to what waits for somebody, in seconds: each bucket is a series for every route and status.</summary>
    private static readonly double[] Durations = [0.005, 0.025, 0.1, 0.5, 2.5, 10];

    /// <summary>
    /// By instrument. HttpClient's have no server.address: it is taken from the Host header, which is the client's own word. How long a connection to a client lives,
    /// how long one waits to be accepted, and how HttpClient's queue goes, say nothing about a gateway whose connections live as long as its sockets.
    /// </summary>
    private static readonly Dictionary<string, MetricStreamConfiguration> Streams = new()
    {
        ["http.server.request.duration"] = new ExplicitBucketHistogramConfiguration { TagKeys = [Route, Status], Boundaries = Durations },
        ["http.server.active_requests"] = new MetricStreamConfiguration { TagKeys = [] },
        ["kestrel.active_connections"] = new MetricStreamConfiguration { TagKeys = ["server.port"] },
        ["kestrel.rejected_connections"] = new MetricStreamConfiguration { TagKeys = ["server.port"] },
        ["kestrel.tls_handshake.duration"] = new ExplicitBucketHistogramConfiguration { TagKeys = ["tls.protocol.version", Error], Boundaries = [0.005, 0.05, 0.5] },
        ["http.client.request.duration"] = new ExplicitBucketHistogramConfiguration { TagKeys = [Status, Error], Boundaries = Durations },
        ["http.client.open_connections"] = new MetricStreamConfiguration { TagKeys = ["http.connection.state"] },
        ["dotnet.exceptions"] = new MetricStreamConfiguration { TagKeys = [Error] },
        ["dotnet.gc.collections"] = new MetricStreamConfiguration(),
        ["dotnet.gc.heap.total_allocated"] = new MetricStreamConfiguration(),
        ["dotnet.gc.last_collection.memory.committed_size"] = new MetricStreamConfiguration(),
        ["dotnet.gc.pause.time"] = new MetricStreamConfiguration(),
        ["dotnet.monitor.lock_contentions"] = new MetricStreamConfiguration(),
        ["dotnet.process.cpu.count"] = new MetricStreamConfiguration(),
        ["dotnet.process.cpu.time"] = new MetricStreamConfiguration(),
        ["dotnet.process.memory.working_set"] = new MetricStreamConfiguration(),
        ["dotnet.thread_pool.queue.length"] = new MetricStreamConfiguration(),
        ["dotnet.thread_pool.thread.count"] = new MetricStreamConfiguration(),
    };

    /// <summary>Adds the platform's meters; a process adds its own beside them, which are measured as they are.</summary>
    public static MeterProviderBuilder AddPlatformMeters(this MeterProviderBuilder metrics) => metrics
        .AddMeter(Meters)
        .AddView(instrument => !Meters.Contains(instrument.Meter.Name) ? null : Streams.GetValueOrDefault(instrument.Name, MetricStreamConfiguration.Drop));
}
