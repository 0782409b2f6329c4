using OpenTelemetry.Trace;
using YarpWs.Platform.Telemetry;

namespace YarpWs.Gateway.Forwarding;

/// <summary>Traces what the gateway asks of destinations, where traces are recorded.</summary>
internal static class DestinationSpans
{
    public static void Add(TracerProviderBuilder tracing) => tracing
        .AddHttpClientInstrumentation(requests =>
        {
            // The first probes go out before tracing has begun, so that what is recorded does not know them by their parent.
            requests.FilterHttpRequestMessage = request => !request.Options.TryGetValue(Probes.Mark, out _);
            requests.EnrichWithHttpResponseMessage = (activity, _) => Spans.DropQuery(activity);
        })
        .AddSource("Yarp.ReverseProxy");
}
