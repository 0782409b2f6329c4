using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>Everything in this process that is traced or measured, as text to search.</summary>
internal sealed class Telemetry : IDisposable
{
    private readonly ConcurrentQueue<Activity> _activities = [];
    private readonly ConcurrentDictionary<string, bool> _measurements = [];
    private readonly ActivityListener _traces;
    private readonly MeterListener _meters = new();

    public Telemetry()
    {
        _traces = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _activities.Enqueue,
        };
        ActivitySource.AddActivityListener(_traces);

        _meters.InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument);
        _meters.SetMeasurementEventCallback<byte>(Measured);
        _meters.SetMeasurementEventCallback<short>(Measured);
        _meters.SetMeasurementEventCallback<int>(Measured);
        _meters.SetMeasurementEventCallback<long>(Measured);
        _meters.SetMeasurementEventCallback<float>(Measured);
        _meters.SetMeasurementEventCallback<double>(Measured);
        _meters.SetMeasurementEventCallback<decimal>(Measured);
        _meters.Start();
    }

    public IEnumerable<string> Traces => _activities.Select(Describe);

    public IEnumerable<string> Metrics => _measurements.Keys;

    public void Dispose()
    {
        _traces.Dispose();
        _meters.Dispose();
    }

    private static string Describe(Activity activity) => string.Join(
        '\n',
        [
            activity.Source.Name, activity.OperationName, activity.DisplayName, activity.StatusDescription, activity.TraceStateString,
            .. activity.TagObjects.Select(Text),
            .. activity.Baggage.Select(item => $"{item.Key}={item.Value}"),
            .. activity.Events.SelectMany(item => item.Tags.Select(Text).Prepend(item.Name)),
            .. activity.Links.SelectMany(link => link.Tags ?? []).Select(Text),
        ]);

    private static string Text(KeyValuePair<string, object?> tag) => $"{tag.Key}={(tag.Value is string[] several ? string.Join(',', several) : tag.Value)}";

    private void Measured<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        var line = instrument.Name;
        foreach (var tag in tags)
        {
            line += " " + Text(tag);
        }

        _measurements.TryAdd(line, true);
    }
}
