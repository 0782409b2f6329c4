using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Operator;

/// <summary>What the operator's page draws, once a second. Counts are since the start; the page makes rates of them.</summary>
internal sealed record Pulse(
    DateTimeOffset At,
    bool IsReady,
    int Sockets,
    int Closing,
    long MessagesIn,
    long MessagesOut,
    long BytesIn,
    long BytesOut,
    long Accepted,
    long Refused,
    IReadOnlyDictionary<string, long> Refusals,
    IReadOnlyDictionary<string, long> Closes,
    double? RoundTrip,
    double? SlowRoundTrip,
    IReadOnlyList<DestinationView> Destinations)
{
    public static Pulse Take(
        DateTimeOffset at, Readiness readiness, SocketTable table, SocketTotals totals, HandshakeCounts handshakes, IReadOnlyList<DestinationView> destinations)
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
        return new Pulse(
            at,
            readiness.Report().IsReady,
            sockets,
            closing,
            traffic.MessagesIn,
            traffic.MessagesOut,
            traffic.BytesIn,
            traffic.BytesOut,
            handshakes.Accepted,
            handshakes.Refused,
            Enum.GetValues<RefusalReason>().ToDictionary(reason => reason.ToString(), handshakes.RefusedFor),
            totals.Closes.ToDictionary(close => $"{close.Key.Code} by {close.Key.By}", close => close.Value),
            Share(roundTrips, 0.5),
            Share(roundTrips, 0.99),
            destinations);
    }

    /// <summary>The value that this share of the sorted values do not exceed.</summary>
    private static double? Share(List<double> sorted, double share) =>
        sorted.Count == 0 ? null : Math.Round(sorted[Math.Min(sorted.Count - 1, (int)(share * sorted.Count))], 6);
}
