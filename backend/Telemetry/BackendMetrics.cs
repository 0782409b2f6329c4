using System.Diagnostics.Metrics;

namespace YarpWs.Backend.Telemetry;

/// <summary>What the backend counts. Names and units follow OpenTelemetry's conventions; no tag is a group, a user or a connection.</summary>
internal sealed class BackendMetrics
{
    public const string MeterName = "YarpWs.Backend";

    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _received;
    private readonly Counter<long> _delivered;
    private readonly Histogram<double> _publishDuration;
    private readonly Counter<long> _publishFailures;
    private readonly Counter<long> _catchUps;
    private readonly Counter<long> _resubscribed;
    private readonly Counter<long> _losses;

    public BackendMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _connections = meter.CreateUpDownCounter<long>("yarpws.backend.connections", "{connection}", "Clients connected now.");
        _closed = meter.CreateCounter<long>("yarpws.backend.connections.closed", "{connection}", "Connections that ended, by close code.");
        _received = meter.CreateCounter<long>("yarpws.backend.messages.received", "{message}", "Messages that clients sent.");
        _delivered = meter.CreateCounter<long>("yarpws.backend.messages.delivered", "{message}", "Messages handed to clients' outboxes.");
        _publishDuration = meter.CreateHistogram(
            "yarpws.backend.publish.duration",
            "s",
            "Time until Redis had taken a message.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] });
        _publishFailures = meter.CreateCounter<long>("yarpws.backend.publish.failures", "{message}", "Messages that Redis did not take in time.");
        _catchUps = meter.CreateCounter<long>("yarpws.backend.groups.catch_ups", "{catch_up}", "Times a group was read from its log because pub/sub had missed something.");
        _resubscribed = meter.CreateCounter<long>("yarpws.backend.groups.resubscribed", "{group}", "Subscriptions that had fallen silent and were made anew.");
        _losses = meter.CreateCounter<long>("yarpws.backend.groups.losses", "{loss}", "Times a group's log did not reach back far enough, so its members were closed.");
    }

    public void ConnectionOpened() => _connections.Add(1);

    public void ConnectionClosed(int code, string reason)
    {
        _connections.Add(-1);
        _closed.Add(1, new KeyValuePair<string, object?>("code", code), new KeyValuePair<string, object?>("reason", reason));
    }

    public void MessageReceived() => _received.Add(1);

    public void MessageDelivered(int members) => _delivered.Add(members);

    public void MessagePublished(TimeSpan duration) => _publishDuration.Record(duration.TotalSeconds);

    public void PublishFailed() => _publishFailures.Add(1);

    public void CatchUpStarted() => _catchUps.Add(1);

    public void GroupResubscribed() => _resubscribed.Add(1);

    public void MessagesLost() => _losses.Add(1);
}
