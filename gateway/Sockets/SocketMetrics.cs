using System.Diagnostics;
using System.Diagnostics.Metrics;
using YarpWs.Gateway.Sockets.Draining;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Sockets;

/// <summary>What is measured of live sockets. Where they are counted, who ends them and when; no message costs anything.</summary>
internal sealed class SocketMetrics
{
    private readonly UpDownCounter<long> _sockets;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _closes;
    private readonly Counter<long> _cuts;

    public SocketMetrics(IMeterFactory meters, SocketTotals totals, Drains drains)
    {
        var meter = meters.Create(GatewayMetrics.MeterName);
        _sockets = meter.CreateUpDownCounter<long>("yarpws.gateway.sockets", "{socket}", "WebSockets and tunnels open now, by route and destination.");
        _duration = meter.CreateHistogram<double>(
            "yarpws.gateway.socket.duration",
            "s",
            "How long a WebSocket or a tunnel was open.",
            advice: new() { HistogramBucketBoundaries = [1, 10, 60, 300, 1800, 3600, 14400, 86400] });
        _closes = meter.CreateCounter<long>(
            "yarpws.gateway.socket.closes", "{socket}", "WebSockets and tunnels that ended, by close code and by who closed first.");
        _cuts = meter.CreateCounter<long>("yarpws.gateway.socket.cuts", "{socket}", "WebSockets and tunnels that the gateway ended without a close frame or its answer, by reason.");
        meter.CreateObservableCounter(
            "yarpws.gateway.socket.io",
            () => Observe(totals, traffic => (traffic.BytesIn, traffic.BytesOut)),
            "By",
            "Bytes that WebSockets and tunnels have carried, by route: received from clients, transmitted to them.");
        meter.CreateObservableCounter(
            "yarpws.gateway.socket.messages",
            () => Observe(totals, traffic => (traffic.MessagesIn, traffic.MessagesOut)),
            "{message}",
            "Messages that WebSockets have carried whole, by route: received from clients, transmitted to them.");
        meter.CreateObservableUpDownCounter(
            "yarpws.gateway.drain.waiting",
            () => drains.Waiting.Select(drain => new Measurement<long>(drain.Waiting, new KeyValuePair<string, object?>("cause", Word(drain.Cause)))),
            "{socket}",
            "WebSockets that wait for a drain to close them, by what the drain is for.");

        var ping = meter.CreateHistogram<double>(
            "yarpws.gateway.socket.ping.duration",
            "s",
            "How long pings took from the gateway and back: its own, and those of the other end that passed.",
            advice: new() { HistogramBucketBoundaries = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10] });
        ClientAnswered = roundTrip => ping.Record(roundTrip.TotalSeconds, new KeyValuePair<string, object?>("peer", "client"));
        BackendAnswered = roundTrip => ping.Record(roundTrip.TotalSeconds, new KeyValuePair<string, object?>("peer", "backend"));
    }

    /// <summary>Takes the time of a ping that a client has answered.</summary>
    public Action<TimeSpan> ClientAnswered { get; }

    /// <summary>Takes the time of a ping that a backend has answered.</summary>
    public Action<TimeSpan> BackendAnswered { get; }

    public void Opened(LiveSocket socket) => _sockets.Add(1, TagsOf(socket));

    public void Closed(LiveSocket socket, TimeSpan duration)
    {
        var label = CloseLabel.Of(socket);
        _sockets.Add(-1, TagsOf(socket));
        _duration.Record(duration.TotalSeconds);
        _closes.Add(1, new("code", label.Code), new("by", label.By));
        if (socket.CutFor is { } reason)
        {
            _cuts.Add(1, new KeyValuePair<string, object?>("reason", Word(reason)));
        }
    }

    private static TagList TagsOf(LiveSocket socket) => new() { { "route", socket.Origin.Route }, { "destination", socket.Origin.Destination } };

    private static IEnumerable<Measurement<long>> Observe(SocketTotals totals, Func<Traffic, (long In, long Out)> read)
    {
        foreach (var (route, traffic) in totals.TrafficByRoute())
        {
            var (received, transmitted) = read(traffic);
            yield return new Measurement<long>(received, new("route", route), new("direction", "receive"));
            yield return new Measurement<long>(transmitted, new("route", route), new("direction", "transmit"));
        }
    }

    private static string Word(DrainCause cause) => cause switch
    {
        DrainCause.Shutdown => "shutdown",
        DrainCause.Destination => "destination",
        _ => "removed",
    };

    private static string Word(CutReason reason) => reason switch
    {
        CutReason.ClientDead => "client_dead",
        CutReason.CloseUnanswered => "close_unanswered",
        CutReason.BackendLostInFrame => "backend_lost_in_frame",
        CutReason.ShutdownOver => "shutdown_over",
        CutReason.Tunnel => "tunnel",
        CutReason.Reset => "reset",
        _ => "failure",
    };
}
