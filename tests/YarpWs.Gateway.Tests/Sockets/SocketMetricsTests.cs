using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Draining;

namespace YarpWs.Gateway.Tests.Sockets;

/// <summary>What is measured of a socket from its opening to its end.</summary>
public sealed class SocketMetricsTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly Drains _drains = new(NullLogger<Drains>.Instance);
    private readonly DeadlineWheel _wheel;
    private readonly SocketMetrics _metrics;
    private readonly ConcurrentQueue<string> _measured = [];

    public SocketMetricsTests()
    {
        _wheel = new DeadlineWheel(_time, NullLogger<DeadlineWheel>.Instance);
        var factory = _meters.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == factory && !instrument.IsObservable)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
        _metrics = new SocketMetrics(factory, new SocketTotals(new SocketTable()), _drains);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _drains.DisposeAsync();
        await _meters.DisposeAsync();
    }

    [Fact]
    public void Socket_IsCountedWhileItIsOpen_AndItsEndByCodeWithItsDuration()
    {
        using var socket = new TestSocket(_wheel, _time);

        _metrics.Opened(socket.Live);
        _metrics.Closed(socket.Live, TimeSpan.FromSeconds(90));

        Assert.Equal(
            [
                "yarpws.gateway.sockets 1 route=ws destination=a",
                "yarpws.gateway.sockets -1 route=ws destination=a",
                "yarpws.gateway.socket.duration 90",
                "yarpws.gateway.socket.closes 1 code=none by=none",
            ],
            _measured);
    }

    [Theory]
    [InlineData(CutReason.ClientDead, "client_dead")]
    [InlineData(CutReason.CloseUnanswered, "close_unanswered")]
    [InlineData(CutReason.BackendLostInFrame, "backend_lost_in_frame")]
    [InlineData(CutReason.ShutdownOver, "shutdown_over")]
    [InlineData(CutReason.Tunnel, "tunnel")]
    [InlineData(CutReason.Reset, "reset")]
    [InlineData(CutReason.Failure, "failure")]
    public void Cut_IsCountedByItsReason(object reason, string word)
    {
        using var socket = new TestSocket(_wheel, _time);
        socket.Live.Cut((CutReason)reason);

        _metrics.Closed(socket.Live, TimeSpan.Zero);

        Assert.Equal($"yarpws.gateway.socket.cuts 1 reason={word}", _measured.Last());
    }

    [Fact]
    public void Ping_IsMeasured_ByTheEndThatAnsweredIt()
    {
        _metrics.ClientAnswered(TimeSpan.FromSeconds(2));
        _metrics.BackendAnswered(TimeSpan.FromSeconds(3));

        Assert.Equal(["yarpws.gateway.socket.ping.duration 2 peer=client", "yarpws.gateway.socket.ping.duration 3 peer=backend"], _measured);
    }

    private void Take<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{instrument.Name} {value}");
        foreach (var tag in tags)
        {
            text += $" {tag.Key}={tag.Value}";
        }

        _measured.Enqueue(text);
    }
}
