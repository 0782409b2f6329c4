using System.Reflection;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Edge;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Operator;

/// <summary><c>GET /history</c>: the samples of the last quarter of an hour, what the charts' lines may come near to, and whose they are.</summary>
internal sealed class HistoryPage(PulseHistory history, IOptions<EdgeOptions> edge, Descriptors descriptors, TimeProvider time)
{
    private static readonly string Version =
        typeof(HistoryPage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    public Task AnswerAsync(HttpContext context) => HttpMethods.IsGet(context.Request.Method)
        ? context.Response.WriteAsJsonAsync(
            new
            {
                host = Environment.MachineName,
                version = Version,
                startedAt = _startedAt,
                intervalSeconds = PulseHistory.Interval.TotalSeconds,
                samples = history.All,
                bounds = new
                {
                    sockets = Math.Min(edge.Value.MaxConnections, descriptors.RoomFor(descriptorsEach: 2)),
                    processors = Environment.ProcessorCount,
                    memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
                    delay = ProcessDelay.Late.TotalSeconds,
                },
            },
            context.RequestAborted)
        : Refusal.WriteMethodAsync(context, "The history is only read here.");
}
