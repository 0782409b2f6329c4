using System.Diagnostics.Metrics;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Telemetry;

/// <summary>
/// What the gateway counts beside what ASP.NET Core, Kestrel and HttpClient count already, up to the moment that a socket is open;
/// <c>SocketMetrics</c> goes on from there.
/// </summary>
internal sealed class GatewayMetrics
{
    public const string MeterName = "YarpWs.Gateway";

    private readonly Meter _meter;
    private readonly Counter<long> _handshakes;
    private readonly Histogram<double> _handshakeDuration;
    private readonly Counter<long> _limits;
    private readonly Counter<long> _tickets;
    private readonly Counter<long> _questions;
    private readonly Counter<long> _linesLost;

    public GatewayMetrics(IMeterFactory meters)
    {
        var meter = _meter = meters.Create(MeterName);
        _handshakes = meter.CreateCounter<long>("yarpws.gateway.handshakes", "{handshake}", "WebSocket handshakes, by what became of them and, refused, by why.");
        _handshakeDuration = meter.CreateHistogram<double>(
            "yarpws.gateway.handshake.duration",
            "s",
            "How long WebSocket handshakes took, from the request to the answer, by what became of them.",
            advice: new() { HistogramBucketBoundaries = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10] });
        _limits = meter.CreateCounter<long>("yarpws.gateway.limits", "{excess}", "What went beyond a limit, by limit, route and what became of it.");
        _tickets = meter.CreateCounter<long>("yarpws.gateway.tickets", "{ticket}", "Tickets for one WebSocket, by what became of them.");
        _questions = meter.CreateCounter<long>("yarpws.gateway.checks", "{question}", "Questions to external checks, by check and answer.");
        _linesLost = meter.CreateCounter<long>("yarpws.gateway.log.lost", "{line}", "Lines of access logs that were not taken in time, or could not be written, by log.");
    }

    /// <summary>The same counts, for the admin page.</summary>
    public HandshakeCounts Handshakes { get; } = new();

    /// <summary>Called once, by the part that knows the revocations.</summary>
    public void ObserveRevocations(Func<int> count) =>
        _meter.CreateObservableUpDownCounter("yarpws.gateway.revocations", count, "{revocation}", "Revocations in force.");

    /// <summary>Called once, by the part that reads the certificates.</summary>
    public void ObserveCertificates(Func<IEnumerable<Measurement<double>>> secondsLeft) =>
        _meter.CreateObservableGauge("yarpws.gateway.certificate.expiry", secondsLeft, "s", "How long each server certificate is still good for.");

    public void HandshakeAccepted(TimeSpan duration)
    {
        Handshakes.Accept();
        var accepted = new KeyValuePair<string, object?>("result", "accepted");
        _handshakes.Add(1, accepted);
        _handshakeDuration.Record(duration.TotalSeconds, accepted);
    }

    public void HandshakeRetried() => _handshakes.Add(1, new KeyValuePair<string, object?>("result", "retried"));

    public void HandshakeRefused(int status, RefusalReason reason, TimeSpan duration)
    {
        Handshakes.Refuse(reason);
        _handshakes.Add(1, new("result", "refused"), new("reason", Word(reason)), new("http.response.status_code", status));
        _handshakeDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("result", "refused"));
    }

    public void LimitExceeded(string route, string limit, string action) =>
        _limits.Add(1, new("limit", limit), new("route", route), new("action", action));

    public void TicketUsed(string result) => _tickets.Add(1, new KeyValuePair<string, object?>("result", result));

    public void CheckAnswered(string check, string answer) => _questions.Add(1, new("check", check), new("answer", answer));

    public void LinesLost(string log, long lines) => _linesLost.Add(lines, new KeyValuePair<string, object?>("log", log));

    private static string Word(RefusalReason reason) => reason switch
    {
        RefusalReason.Route => "route",
        RefusalReason.Origin => "origin",
        RefusalReason.Login => "login",
        RefusalReason.Policy => "policy",
        RefusalReason.Limit => "limit",
        RefusalReason.Stopping => "stopping",
        RefusalReason.Destination => "destination",
        _ => "request",
    };
}

/// <summary>Handshakes since the start, for the admin page. Any thread may count and look.</summary>
internal sealed class HandshakeCounts
{
    private readonly long[] _refused = new long[Enum.GetValues<RefusalReason>().Length];
    private long _accepted;

    public long Accepted => Volatile.Read(ref _accepted);

    public long Refused => _refused.Sum();

    public void Accept() => Interlocked.Increment(ref _accepted);

    public void Refuse(RefusalReason reason) => Interlocked.Increment(ref _refused[(int)reason]);

    public long RefusedFor(RefusalReason reason) => Volatile.Read(ref _refused[(int)reason]);
}
