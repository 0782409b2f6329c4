namespace YarpWs.Platform.Telemetry;

/// <summary>Where traces, metrics and logs are sent. Section <c>Telemetry</c>.</summary>
internal sealed record TelemetryOptions
{
    public const string Section = "Telemetry";

    /// <summary>An OTLP collector, gRPC (<c>http://collector:4317</c>). Default none: the variable OTEL_EXPORTER_OTLP_ENDPOINT, or nothing is sent.</summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>The <c>service.instance.id</c> of this process. Default a random one per start.</summary>
    public string? ServiceInstance { get; init; }
}
