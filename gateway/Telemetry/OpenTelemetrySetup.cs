using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Instrumentation.Http;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace YarpWs.Gateway.Telemetry;

/// <summary>
/// Metrics, as Prometheus text on the admin port always; they, traces and logs over OTLP where an endpoint is named. Without one nobody would read
/// a trace, so none is recorded: <see cref="TraceContext"/> passes on where the client's goes.
/// </summary>
internal static class OpenTelemetrySetup
{
    private const string ServiceName = "yarpws-gateway";

    /// <summary>
    /// What is measured of the platform. Left out is what says the same once more for every request and costs as much each time: routing
    /// (the route is a tag of http.server.request.duration), authentication and authorization (its status is another), and
    /// http.client.active_requests (the requests of each destination stand on the admin port). Handshakes that HttpClient does not send are not
    /// among its own; <see cref="GatewayMetrics"/> has them all.
    /// </summary>
    private static readonly string[] Meters =
        ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.MemoryPool", "System.Net.Http", "System.Net.NameResolution", GatewayMetrics.MeterName];

    /// <summary>
    /// What HttpClient's measurements are told apart by. Not by server.address and server.port: these are taken from the Host header, which is the client's own
    /// word, and a client that invents some thousands of hosts would push all other series over the limit of what is kept.
    /// </summary>
    private static readonly string[] HttpClientTags =
        ["error.type", "http.connection.state", "http.request.method", "http.response.status_code", "network.peer.address", "network.protocol.version", "url.scheme"];

    /// <param name="services">Get what is needed for it.</param>
    /// <param name="configuration">Is read at once.</param>
    /// <param name="isOperator">Whether a request is the operator's; of those no trace is recorded.</param>
    public static void AddGatewayTelemetry(this IServiceCollection services, IConfiguration configuration, Func<HttpContext, bool> isOperator)
    {
        var options = configuration.GetSection(TelemetryOptions.Section).Get<TelemetryOptions>() ?? new TelemetryOptions();
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(ServiceName, serviceInstanceId: options.ServiceInstance))
            .WithMetrics(metrics => metrics
                .AddMeter(Meters)
                .AddView(instrument => instrument switch
                {
                    { Name: "http.client.active_requests" } => MetricStreamConfiguration.Drop,
                    { Meter.Name: "System.Net.Http" } => new MetricStreamConfiguration { TagKeys = HttpClientTags },
                    _ => null,
                })
                .AddRuntimeInstrumentation()
                .AddPrometheusExporter());

        var isNamedByVariable = !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        services.AddSingleton(new TraceContext(options.OtlpEndpoint is not null || isNamedByVariable));
        if (options.OtlpEndpoint is { } endpoint)
        {
            telemetry.WithTracing(tracing => Trace(tracing, isOperator)).WithLogging().UseOtlpExporter(OtlpExportProtocol.Grpc, endpoint);
        }
        else if (isNamedByVariable)
        {
            telemetry.WithTracing(tracing => Trace(tracing, isOperator)).WithLogging().UseOtlpExporter();
        }
    }

    private static void Trace(TracerProviderBuilder tracing, Func<HttpContext, bool> isOperator) => tracing
        .AddAspNetCoreInstrumentation(options => Describe(options, isOperator))
        .AddHttpClientInstrumentation(Describe)
        .AddSource("Yarp.ReverseProxy");

    private static void Describe(AspNetCoreTraceInstrumentationOptions options, Func<HttpContext, bool> isOperator)
    {
        options.Filter = context => !isOperator(context);
        options.EnrichWithHttpResponse = (activity, _) => DropQuery(activity);
    }

    private static void Describe(HttpClientTraceInstrumentationOptions options) =>
        options.EnrichWithHttpResponseMessage = (activity, _) => DropQuery(activity);

    /// <summary>A query is the client's business even where the token has been taken out of it, and redacted it says nothing.</summary>
    private static void DropQuery(Activity activity)
    {
        activity.SetTag("url.query", null);
        if (activity.GetTagItem("url.full") is string url && url.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query)
        {
            activity.SetTag("url.full", url[..query]);
        }
    }
}

/// <summary>Where traces, metrics and logs are sent. Section <c>Telemetry</c>.</summary>
internal sealed record TelemetryOptions
{
    public const string Section = "Telemetry";

    /// <summary>An OTLP collector, gRPC (<c>http://collector:4317</c>). Default none: the variable OTEL_EXPORTER_OTLP_ENDPOINT, or nothing is sent.</summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>The <c>service.instance.id</c> of this process. Default a random one per start.</summary>
    public string? ServiceInstance { get; init; }
}
