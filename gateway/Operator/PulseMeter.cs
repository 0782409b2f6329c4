using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Limits;
using YarpWs.Gateway.Telemetry;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Operator;

/// <summary>Reads what the operator's page draws. It walks through every socket there is: not for an event loop.</summary>
internal sealed class PulseMeter(
    SocketTable table,
    SocketTotals totals,
    GatewayMetrics metrics,
    RequestCounts requests,
    ProcessDelay delay,
    Readiness readiness,
    DestinationPages destinations,
    RouteTable routes,
    LimitReport limits,
    TimeProvider time)
{
    /// <param name="since">How long ago the sample before was taken.</param>
    public PulseSample Sample(TimeSpan since)
    {
        var traffic = totals.TrafficByRoute().Values.Aggregate(default(Traffic), (sum, one) => sum + one);
        var roundTrips = new List<double>();
        var (sockets, closing) = (0, 0);
        foreach (var socket in table.All)
        {
            sockets++;
            closing += socket.IsEnding ? 1 : 0;
            if (socket.Client.Liveness.RoundTrip is { } roundTrip)
            {
                roundTrips.Add(roundTrip.TotalSeconds);
            }
        }

        roundTrips.Sort();
        return new PulseSample
        {
            At = time.GetUtcNow(),
            Sockets = sockets,
            Closing = closing,
            MessagesIn = traffic.MessagesIn,
            MessagesOut = traffic.MessagesOut,
            BytesIn = traffic.BytesIn,
            BytesOut = traffic.BytesOut,
            Accepted = metrics.Handshakes.Accepted,
            Refused = metrics.Handshakes.Refused,
            Requests = requests.Answered,
            Failures = requests.Failed,
            RoundTrip = Share(roundTrips, 0.5),
            SlowRoundTrip = Share(roundTrips, 0.99),
            Cpu = Math.Round(Environment.CpuUsage.TotalTime.TotalSeconds, 3),
            Memory = Environment.WorkingSet,
            Delay = Math.Round(delay.LongestSince(time.GetTimestamp() - (long)(since.TotalSeconds * time.TimestampFrequency)).TotalSeconds, 4),
        };
    }

    /// <inheritdoc cref="Sample"/>
    public Pulse Take(TimeSpan since)
    {
        var report = readiness.Report();
        return new Pulse(
            Sample(since),
            report.IsReady,
            report.Parts,
            Enum.GetValues<RefusalReason>().ToDictionary(reason => reason.ToString(), metrics.Handshakes.RefusedFor),
            totals.Closes.ToDictionary(close => $"{close.Key.Code} by {close.Key.By}", close => close.Value),
            destinations.All(),
            routes.State.Running.Number,
            routes.State.Refused is not null,
            limits.AtWork.Count);
    }

    /// <summary>The value that this share of the sorted values do not exceed.</summary>
    private static double? Share(List<double> sorted, double share) =>
        sorted.Count == 0 ? null : Math.Round(sorted[Math.Min(sorted.Count - 1, (int)(share * sorted.Count))], 6);
}
