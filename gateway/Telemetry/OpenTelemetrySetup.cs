using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Instrumentation.Http;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using YarpWs.Gateway.Admin;

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

    public static void AddGatewayTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        var options = configuration.GetSection(TelemetryOptions.Section).Get<TelemetryOptions>() ?? new TelemetryOptions();
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(ServiceName, serviceInstanceId: options.ServiceInstance))
            .WithMetrics(metrics => metrics
                .AddMeter(Meters)
                .AddView("http.client.active_requests", MetricStreamConfiguration.Drop)
                .AddRuntimeInstrumentation()
                .AddPrometheusExporter());

        var isNamedByVariable = !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        services.AddSingleton(new TraceContext(options.OtlpEndpoint is not null || isNamedByVariable));
        if (options.OtlpEndpoint is { } endpoint)
        {
            telemetry.WithTracing(Trace).WithLogging().UseOtlpExporter(OtlpExportProtocol.Grpc, endpoint);
        }
        else if (isNamedByVariable)
        {
            telemetry.WithTracing(Trace).WithLogging().UseOtlpExporter();
        }
    }

    private static void Trace(TracerProviderBuilder tracing) => tracing
        .AddAspNetCoreInstrumentation(Describe)
        .AddHttpClientInstrumentation(Describe)
        .AddSource("Yarp.ReverseProxy");

    private static void Describe(AspNetCoreTraceInstrumentationOptions options)
    {
        options.Filter = context => !AdminConnection.Carries(context);
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
