using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using YarpWs.Platform.Settings;

namespace YarpWs.Backend.Telemetry;

internal static class TelemetryRegistration
{
    /// <summary>The platform's meters that tell something per request or connection. Its memory pool counts every write, at a twentieth of a delivery.</summary>
    private static readonly string[] Meters =
    [
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Routing", "Microsoft.AspNetCore.Authentication",
        "Microsoft.AspNetCore.Authorization", BackendMetrics.MeterName,
    ];

    /// <summary>
    /// Metrics to be scraped; with an OTLP endpoint also traces, metrics and logs to a collector. Without one there are no spans: each
    /// would be held as long as its WebSocket, and seen by nobody.
    /// </summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<TelemetryOptions>("Telemetry");
        var settings = builder.Configuration.GetSection("Telemetry").Get<TelemetryOptions>() ?? new TelemetryOptions();
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("yarpws-backend", serviceInstanceId: settings.ServiceInstance))
            .WithMetrics(metrics => metrics
                .AddMeter(Meters)
                .AddRuntimeInstrumentation()
                .AddPrometheusExporter());

        var endpoint = settings.OtlpEndpoint?.ToString() ?? builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"];
        if (endpoint is { Length: > 0 })
        {
            telemetry
                .WithMetrics(metrics => metrics.AddOtlpExporter(otlp => otlp.Endpoint = new Uri(endpoint)))
                .WithTracing(tracing => tracing
                    .AddAspNetCoreInstrumentation(options =>
                    {
                        options.Filter = context => !context.Request.Path.StartsWithSegments("/readyz") && !context.Request.Path.StartsWithSegments("/metrics");
                        options.EnrichWithHttpRequest = (activity, _) => activity.SetTag("url.query", null);
                    })
                    .AddOtlpExporter(otlp => otlp.Endpoint = new Uri(endpoint)))
                .WithLogging(logging => logging.AddOtlpExporter(otlp => otlp.Endpoint = new Uri(endpoint)));
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
