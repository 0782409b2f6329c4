using System.Diagnostics;
using System.Diagnostics.Metrics;
using YarpWs.Gateway.Access;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway;

/// <summary>What the gateway counts beside what ASP.NET Core, Kestrel and HttpClient count already.</summary>
internal sealed class GatewayMetrics
{
    public const string MeterName = "YarpWs.Gateway";

    private readonly UpDownCounter<long> _sockets;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _io;
    private readonly Counter<long> _closes;
    private readonly Counter<long> _handshakes;
    private readonly Counter<long> _limits;
    private readonly Counter<long> _tickets;

    public GatewayMetrics(IMeterFactory meters, RevocationList revocations)
    {
        var meter = meters.Create(MeterName);
        _sockets = meter.CreateUpDownCounter<long>("yarpws.gateway.sockets", "{socket}", "WebSockets open now.");
        _duration = meter.CreateHistogram<double>(
            "yarpws.gateway.socket.duration",
            "s",
            "How long a WebSocket was open.",
            advice: new() { HistogramBucketBoundaries = [1, 10, 60, 300, 1800, 3600, 14400, 86400] });
        _io = meter.CreateCounter<long>("yarpws.gateway.socket.io", "By", "Bytes that WebSockets carried, counted when each is over.");
        _closes = meter.CreateCounter<long>(
            "yarpws.gateway.socket.closes", "{socket}", "WebSockets that ended, by close code and by who closed first.");
        _handshakes = meter.CreateCounter<long>("yarpws.gateway.handshakes", "{handshake}", "WebSocket handshakes, by what became of them.");
        _limits = meter.CreateCounter<long>("yarpws.gateway.limits", "{excess}", "What went beyond a limit, by limit, route and what became of it.");
        _tickets = meter.CreateCounter<long>("yarpws.gateway.tickets", "{ticket}", "Tickets for one WebSocket, by what became of them.");
        meter.CreateObservableUpDownCounter("yarpws.gateway.revocations", () => revocations.Count, "{revocation}", "Revocations in force.");
    }

    public void SocketOpened(LiveSocket socket)
    {
        _handshakes.Add(1, new KeyValuePair<string, object?>("result", "accepted"));
        _sockets.Add(1, Place(socket));
    }

    public void SocketClosed(LiveSocket socket, TimeSpan duration)
    {
        _sockets.Add(-1, Place(socket));
        _duration.Record(duration.TotalSeconds);
        _io.Add(socket.Client.Frames.Bytes, new KeyValuePair<string, object?>("direction", "receive"));
        _io.Add(socket.Backend.Frames.Bytes, new KeyValuePair<string, object?>("direction", "transmit"));
        _closes.Add(1, new("code", Code(socket.CloseCode)), new("by", By(socket.Closer)));
    }

    public void HandshakeRetried() => _handshakes.Add(1, new KeyValuePair<string, object?>("result", "retried"));

    public void HandshakeRefused(int status) => _handshakes.Add(1, new("result", "refused"), new("http.response.status_code", status));

    public void LimitExceeded(string route, Limit limit, string action) =>
        _limits.Add(1, new("limit", limit.ToString()), new("route", route), new("action", action));
    public void TicketUsed(TicketResult result) => _tickets.Add(1, new KeyValuePair<string, object?>("result", Word(result)));

    private static string Word(TicketResult result) => result switch
    {
        TicketResult.Issued => "issued",
        TicketResult.Redeemed => "redeemed",
        TicketResult.Misplaced => "misplaced",
        TicketResult.Unavailable => "unavailable",
        _ => "unknown",
    };

    private static TagList Place(LiveSocket socket) => new() { { "route", socket.Origin.Route }, { "destination", socket.Origin.Destination } };

    /// <summary>A client may send any number, and every one would be a series of its own.</summary>
    private static object Code(int? code) => code switch
    {
        null => "none",
        (>= 1000 and <= 1003) or (>= 1005 and <= 1014) or (>= 4001 and <= 4004) => code.Value,
        _ => "other",
    };

    private static string By(Closer closer) => closer switch
    {
        Closer.Client => "client",
        Closer.Backend => "backend",
        Closer.Gateway => "gateway",
        _ => "none",
    };
}
