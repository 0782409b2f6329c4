using System.Diagnostics;
using OpenTelemetry;

namespace YarpWs.Platform.Telemetry;

/// <summary>What spans must not tell.</summary>
internal static class Spans
{
    /// <summary>A query is the client's business even where the token has been taken out of it, and redacted it says nothing.</summary>
    public static void DropQuery(Activity activity)
    {
        activity.SetTag("url.query", null);
        if (activity.GetTagItem("url.full") is string url && url.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query)
        {
            activity.SetTag("url.full", url[..query]);
        }
    }
}

/// <summary>
/// Keeps the proxy's probes of destinations from being exported: one for each destination every few seconds, of which only a change means something, and that is
/// a line of the log. What they start in turn is not recorded either, and the destination hears that this trace is not kept.
/// </summary>
internal sealed class ProbeSpans : BaseProcessor<Activity>
{
    private static readonly string[] Probes = ["proxy.cluster_health_checks", "proxy.destination_health_check"];

    public override void OnStart(Activity data)
    {
        for (var activity = data; activity is not null; activity = activity.Parent)
        {
            if (Probes.Contains(activity.OperationName))
            {
                data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
                return;
            }
        }
    }
}
