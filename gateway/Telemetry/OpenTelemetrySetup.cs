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

/// <summary>Traces, metrics and logs: Prometheus text on the admin port always, OTLP where an endpoint is named.</summary>
internal static class OpenTelemetrySetup
{
    private const string ServiceName = "yarpws-gateway";

    public static void AddGatewayTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        var options = configuration.GetSection(TelemetryOptions.Section).Get<TelemetryOptions>() ?? new TelemetryOptions();
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(ServiceName, serviceInstanceId: options.ServiceInstance))
            .WithTracing(tracing => tracing
                .AddAspNetCoreInstrumentation(Describe)
                .AddHttpClientInstrumentation(Describe)
                .AddSource("Yarp.ReverseProxy"))
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter(GatewayMetrics.MeterName)
                .AddPrometheusExporter());

        if (options.OtlpEndpoint is { } endpoint)
        {
            telemetry.WithLogging().UseOtlpExporter(OtlpExportProtocol.Grpc, endpoint);
        }
        else if (!string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            telemetry.WithLogging().UseOtlpExporter();
        }
    }

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
