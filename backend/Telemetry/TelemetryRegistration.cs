using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using YarpWs.Backend.Settings;

namespace YarpWs.Backend.Telemetry;

internal static class TelemetryRegistration
{
    /// <summary>Metrics for whoever scrapes them; with an OTLP endpoint also traces, metrics and logs to a collector.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<TelemetryOptions>("Telemetry");
        var settings = builder.Configuration.GetSection("Telemetry").Get<TelemetryOptions>() ?? new TelemetryOptions();
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("yarpws-backend", serviceInstanceId: settings.ServiceInstance))
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter(BackendMetrics.MeterName)
                .AddPrometheusExporter())
            .WithTracing(tracing => tracing.AddAspNetCoreInstrumentation(options =>
            {
                options.Filter = context => !context.Request.Path.StartsWithSegments("/readyz") && !context.Request.Path.StartsWithSegments("/metrics");
                options.EnrichWithHttpRequest = (activity, _) => activity.SetTag("url.query", null);
            }));

        var endpoint = settings.OtlpEndpoint?.ToString() ?? builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"];
        if (endpoint is { Length: > 0 })
        {
            telemetry
                .WithMetrics(metrics => metrics.AddOtlpExporter(otlp => otlp.Endpoint = new Uri(endpoint)))
                .WithTracing(tracing => tracing.AddOtlpExporter(otlp => otlp.Endpoint = new Uri(endpoint)))
                .WithLogging(logging => logging.AddOtlpExporter(otlp => otlp.Endpoint = new Uri(endpoint)));
        }
    }
}
