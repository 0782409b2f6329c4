using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Limits;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Tests.Sockets.Limits;

/// <summary>The limits of a gateway without the gateway, at a time of the test's own, and what they tell the operator.</summary>
internal sealed class LimitsUnderTest : IDisposable
{
    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly LoggerFactory _loggers;

    public LimitsUnderTest()
    {
        var factory = _meters.GetRequiredService<IMeterFactory>();
        _loggers = new LoggerFactory([Log]);
        Report = new LimitReport(new GatewayMetrics(factory), Time, _loggers.CreateLogger<LimitReport>());
        Limits = new SocketLimits(Report, Time, new Random(1));
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "yarpws.gateway.limits" && instrument.Meter.Scope == factory)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
            Counted.AddOrUpdate(string.Join(' ', tags.ToArray().Select(tag => tag.Value)), count, (_, before) => before + count));
        _listener.Start();
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public CollectedLog Log { get; } = new();

    public LimitReport Report { get; }

    public SocketLimits Limits { get; }

    /// <summary>The metric, by "LIMIT ROUTE ACTION".</summary>
    public ConcurrentDictionary<string, long> Counted { get; } = new();

    public (SocketSlot? Place, LimitRefusal? Refusal) Enter(SocketOptions options, string? user = null, string address = "192.0.2.1", string? issuer = null, string route = "ws") =>
        Limits.Enter(new LimitSubject(route, options, user is null ? null : new Login { User = user, Issuer = issuer }, IPAddress.Parse(address)));

    /// <summary>What may be sent over one more socket.</summary>
    public MessageLimits Messages(SocketOptions options, string? user = null, string address = "192.0.2.1") => Enter(options, user, address).Place!.Messages!;

    public void Dispose()
    {
        _listener.Dispose();
        _loggers.Dispose();
        Log.Dispose();
        _meters.Dispose();
    }
}
