using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using YarpWs.Platform.Settings;

namespace YarpWs.Platform.Telemetry;

/// <summary>
/// Metrics, as Prometheus text always; they, traces and logs over OTLP where an endpoint is named. Without one nobody would read a trace, so none is
/// recorded: a span would be held as long as its WebSocket.
/// </summary>
internal static class OpenTelemetrySetup
{
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <param name="services">Get what is needed for it.</param>
    /// <param name="configuration">Is read at once.</param>
    /// <param name="service">Under which name a collector knows the process.</param>
    /// <param name="meter">The process's own.</param>
    /// <param name="isProbe">Whether a request asks for the state of the process; of those no trace is recorded.</param>
    /// <param name="trace">What is traced beside the requests that come in.</param>
    /// <returns>Whether traces are recorded.</returns>
    public static bool AddTelemetry(
        this IServiceCollection services, IConfiguration configuration, string service, string meter, Func<HttpContext, bool> isProbe, Action<TracerProviderBuilder>? trace = null)
    {
        services.AddSettings<TelemetryOptions>(TelemetryOptions.Section);
        var options = configuration.GetSection(TelemetryOptions.Section).Get<TelemetryOptions>() ?? new TelemetryOptions();
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(service, serviceInstanceId: options.ServiceInstance))
            .WithMetrics(metrics => metrics.AddPlatformMeters().AddMeter(meter).AddPrometheusExporter());

        var isNamedByVariable = !string.IsNullOrEmpty(configuration[EndpointVariable]);
        if (options.OtlpEndpoint is null && !isNamedByVariable)
        {
            return false;
        }

        telemetry
            .WithTracing(tracing =>
            {
                tracing.AddProcessor(new ProbeSpans()).AddAspNetCoreInstrumentation(requests =>
                {
                    requests.Filter = context => !isProbe(context);
                    requests.EnrichWithHttpResponse = (activity, _) => Spans.DropQuery(activity);
                });
                trace?.Invoke(tracing);
            })
            // The line as it stands on the console; without this a record's body is the template of the line.
            .WithLogging(configureBuilder: null, logging => logging.IncludeFormattedMessage = true);
        if (options.OtlpEndpoint is { } endpoint)
        {
            telemetry.UseOtlpExporter(OtlpExportProtocol.Grpc, endpoint);
        }
        else
        {
            telemetry.UseOtlpExporter();
        }

        return true;
    }
}
