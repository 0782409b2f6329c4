using OpenTelemetry.Trace;
using YarpWs.Platform.Telemetry;

namespace YarpWs.Gateway.Telemetry;

/// <summary>Traces what the gateway asks of destinations, where traces are recorded.</summary>
internal static class DestinationSpans
{
    public static void Add(TracerProviderBuilder tracing) => tracing
        .AddHttpClientInstrumentation(requests => requests.EnrichWithHttpResponseMessage = (activity, _) => Spans.DropQuery(activity))
        .AddSource("Yarp.ReverseProxy");
}
