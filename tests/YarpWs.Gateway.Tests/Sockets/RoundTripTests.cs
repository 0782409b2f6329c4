using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Operator;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Frames;
using YarpWs.Gateway.Tests.Sockets.Frames;

namespace YarpWs.Gateway.Tests.Sockets;

/// <summary>How long pings take that pass: a backend that pings its clients itself leaves the gateway none to send.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly DeadlineWheel _wheel;
    private readonly TestSocket _socket;

    public RoundTripTests()
    {
        _wheel = new DeadlineWheel(_time, NullLogger<DeadlineWheel>.Instance);
        _socket = new TestSocket(_wheel, _time);
    }

    public void Dispose() => _socket.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void PingThatPasses_AndItsPong_AreMeasured_AndBothGoOn(bool isOfBackend)
    {
        var (from, to) = isOfBackend ? (_socket.Live.Backend, _socket.Live.Client) : (_socket.Live.Client, _socket.Live.Backend);
        var ping = WireFrame.Of(Opcode.Ping, "are you there?"u8.ToArray(), masked: !isOfBackend);
        var pong = WireFrame.Of(Opcode.Pong, "are you there?"u8.ToArray(), masked: isOfBackend);

        Assert.Equal(ping.Length, from.Frames.Scan(ping).Pass);
        _time.Advance(TimeSpan.FromMilliseconds(40));
        Assert.Equal(pong.Length, to.Frames.Scan(pong).Pass);

        Assert.Equal(TimeSpan.FromMilliseconds(40), to.Liveness.RoundTrip);
        Assert.Null(from.Liveness.RoundTrip);
    }

    [Fact]
    public void PongThatAnswersNoPing_IsNotMeasured()
    {
        _socket.Live.Backend.Frames.Scan(WireFrame.Of(Opcode.Ping, [1], masked: false));
        _socket.Live.Client.Frames.Scan(WireFrame.Of(Opcode.Pong, [2], masked: true));
        Assert.Null(_socket.Live.Client.Liveness.RoundTrip);

        _socket.Live.Client.Frames.Scan(WireFrame.Of(Opcode.Pong, [1], masked: true));
        _time.Advance(TimeSpan.FromSeconds(1));
        _socket.Live.Client.Frames.Scan(WireFrame.Of(Opcode.Pong, [1], masked: true));
        Assert.Equal(TimeSpan.Zero, _socket.Live.Client.Liveness.RoundTrip);
    }

    [Fact]
    public void PingThatALaterOneFollows_IsNotMeasured()
    {
        _socket.Live.Backend.Frames.Scan(WireFrame.Of(Opcode.Ping, [1], masked: false));
        _time.Advance(TimeSpan.FromSeconds(1));
        _socket.Live.Backend.Frames.Scan(WireFrame.Of(Opcode.Ping, [2], masked: false));

        _socket.Live.Client.Frames.Scan(WireFrame.Of(Opcode.Pong, [1], masked: true));
        Assert.Null(_socket.Live.Client.Liveness.RoundTrip);
        _socket.Live.Client.Frames.Scan(WireFrame.Of(Opcode.Pong, [2], masked: true));
        Assert.Equal(TimeSpan.Zero, _socket.Live.Client.Liveness.RoundTrip);
    }

    [Fact]
    public void YoungSocket_HasNotBeenSilentForLongerThanItLives()
    {
        _time.Advance(DeadlineWheel.Tick * 0.9);
        using var young = new TestSocket(_wheel, _time, id: 2);
        _time.Advance(DeadlineWheel.Tick * 0.2);
        _wheel.Turn();

        var view = SocketView.Of(young.Live, _wheel, _time);

        Assert.Equal((0.04, 0.04), (view.Age, view.SilentFor));
    }
}
