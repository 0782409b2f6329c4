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
    private readonly Counter<long> _channelMessages;
    private readonly Meter _meter;
    private long _publishFailures;
    private long _catchUps;
    private long _resubscribed;
    private long _losses;

    public BackendMetrics(IMeterFactory meters)
    {
        var meter = _meter = meters.Create(MeterName);
        _connections = meter.CreateUpDownCounter<long>("yarpws.backend.connections", "{connection}", "Clients connected now.");
        _closed = meter.CreateCounter<long>("yarpws.backend.connections.closed", "{connection}", "Connections that ended, by close code.");
        _received = meter.CreateCounter<long>("yarpws.backend.messages.received", "{message}", "Messages that clients sent.");
        _delivered = meter.CreateCounter<long>("yarpws.backend.messages.delivered", "{message}", "Messages handed to clients' outboxes.");
        _publishDuration = meter.CreateHistogram(
            "yarpws.backend.publish.duration",
            "s",
            "Time until Redis had taken a message.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10] });

        // Rare, and each an alert: read when they are asked for, so that they are there at 0 and an alert hears the first.
        meter.CreateObservableCounter("yarpws.backend.publish.failures", () => Volatile.Read(ref _publishFailures), "{message}", "Messages that Redis did not take in time.");
        meter.CreateObservableCounter(
            "yarpws.backend.groups.catch_ups", () => Volatile.Read(ref _catchUps), "{catch_up}", "Times a group was read from its log because pub/sub had missed something.");
        meter.CreateObservableCounter(
            "yarpws.backend.groups.resubscribed", () => Volatile.Read(ref _resubscribed), "{group}", "Subscriptions that had fallen silent and were made anew.");
        meter.CreateObservableCounter(
            "yarpws.backend.groups.losses", () => Volatile.Read(ref _losses), "{loss}", "Times a group's log did not reach back far enough, so its members were closed.");
        _channelMessages = meter.CreateCounter<long>("yarpws.backend.channels.messages", "{message}", "Messages from and to Django, by direction and what became of them.");
    }

    /// <summary>Called once, by the part that knows what the process is ready for.</summary>
    public void ObserveReadiness(Func<IEnumerable<(string Part, bool IsReady)>> parts) => _meter.CreateObservableGauge(
        "yarpws.backend.ready",
        () => parts().Select(part => new Measurement<int>(part.IsReady ? 1 : 0, new KeyValuePair<string, object?>("part", part.Part))),
        unit: null,
        "1 for each part of the room server that is ready, 0 for one that is not.");

    /// <summary>Called once, by the host.</summary>
    public void ObserveBatches(Func<long> sent) => _meter.CreateObservableCounter(
        "yarpws.backend.messages.batched", sent, "{message}", "Messages to clients that were handed to the kernel many at a time; stays at 0 where it does not take them so.");

    public void ConnectionOpened() => _connections.Add(1);

    public void ConnectionClosed(int code, string reason)
    {
        _connections.Add(-1);
        _closed.Add(1, new KeyValuePair<string, object?>("code", code), new KeyValuePair<string, object?>("reason", reason));
    }

    public void MessageReceived() => _received.Add(1);

    public void MessageDelivered(int members) => _delivered.Add(members);

    public void MessagePublished(TimeSpan duration) => _publishDuration.Record(duration.TotalSeconds);

    public void PublishFailed() => Interlocked.Increment(ref _publishFailures);

    public void CatchUpStarted() => Interlocked.Increment(ref _catchUps);

    public void GroupResubscribed() => Interlocked.Increment(ref _resubscribed);

    public void MessagesLost() => Interlocked.Increment(ref _losses);

    /// <param name="direction"><c>in</c>: from Django; <c>out</c>: to it.</param>
    /// <param name="outcome">One of a dozen words of the code.</param>
    /// <param name="count">0 or more; 0 counts nothing.</param>
    public void ChannelMessage(string direction, string outcome, long count = 1)
    {
        if (count > 0)
        {
            _channelMessages.Add(count, new KeyValuePair<string, object?>("direction", direction), new KeyValuePair<string, object?>("outcome", outcome));
        }
    }
}
