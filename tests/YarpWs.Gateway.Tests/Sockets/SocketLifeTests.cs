using System.IO.Pipelines;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Access;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Tests.Sockets;

public sealed class SocketLifeTests : IDisposable
{
    private static readonly SocketOptions Options = new()
    {
        PingInterval = TimeSpan.FromSeconds(30),
        PongTimeout = TimeSpan.FromSeconds(10),
        CloseTimeout = TimeSpan.FromSeconds(5),
    };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly DeadlineWheel _wheel;
    private readonly MemoryStream _client = new();
    private int _cuts;

    public SocketLifeTests() => _wheel = new DeadlineWheel(_time, NullLogger<DeadlineWheel>.Instance);

    public void Dispose()
    {
        _wheel.Dispose();
        _client.Dispose();
    }

    [Fact]
    public void QuietClient_IsPingedAfterTheInterval_AndCutWithoutAnAnswer()
    {
        var (_, life) = Open();

        Assert.Equal(After(30), life.Check(_time.GetTimestamp()));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(After(10), life.Check(_time.GetTimestamp()));
        Assert.Equal(ControlFrame.Ping.ToArray(), _client.ToArray());
        Assert.Equal(0, _cuts);

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(life.Check(_time.GetTimestamp()));
        Assert.Equal(1, _cuts);
    }

    [Fact]
    public async Task Client_IsNotCutForAPing_ThatTheBackendHoldsUp()
    {
        var (socket, life) = Open();
        var message = Frames.Message("a long one", masked: false);
        await socket.Stream.WriteAsync(message.AsMemory(..4), TestContext.Current.CancellationToken);

        Turn(TimeSpan.FromSeconds(30));
        Assert.Equal(After(10), life.Check(_time.GetTimestamp()));
        Turn(TimeSpan.FromMinutes(10));
        Assert.Equal(After(10), life.Check(_time.GetTimestamp()));

        await socket.Stream.WriteAsync(message.AsMemory(4..), TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(After(1), life.Check(_time.GetTimestamp()));
        Assert.Equal(0, _cuts);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(life.Check(_time.GetTimestamp()));
        Assert.Equal(1, _cuts);
    }

    [Fact]
    public async Task Client_ThatTakesABackedUpWrite_IsAlive_AndOneThatDoesNotIsCut()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 8, resumeWriterThreshold: 4, useSynchronizationContext: false));
        var (socket, life) = Open(client: pipe.Writer.AsStream());
        var message = Frames.Message("longer than the pipe is wide", masked: false);

        var first = socket.Stream.WriteAsync(message, TestContext.Current.CancellationToken).AsTask();
        Turn(TimeSpan.FromSeconds(29));
        await pipe.Reader.AsStream().ReadExactlyAsync(new byte[message.Length], TestContext.Current.CancellationToken);
        await first;
        Assert.Equal(After(30), life.Check(_time.GetTimestamp()));

        var second = socket.Stream.WriteAsync(message, TestContext.Current.CancellationToken).AsTask();
        Turn(TimeSpan.FromSeconds(30));
        Assert.Equal(After(10), life.Check(_time.GetTimestamp()));
        Turn(TimeSpan.FromSeconds(10));
        Assert.Null(life.Check(_time.GetTimestamp()));
        Assert.Equal((1, false), (_cuts, second.IsCompleted));
    }

    [Fact]
    public void Token_ClosesItsSocketWhenItExpires_AndTheClientHasAWhileToAnswer()
    {
        var (socket, life) = Open(tokenLasts: TimeSpan.FromSeconds(7));

        Assert.Equal(After(7), life.Check(_time.GetTimestamp()));
        _time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(After(5), life.Check(_time.GetTimestamp()));
        Assert.Equal(ControlFrame.Close(SocketClose.TokenExpired).ToArray(), _client.ToArray());
        Assert.Equal((Closer.Gateway, 4003), (socket.Closer, socket.CloseCode));

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Null(life.Check(_time.GetTimestamp()));
        Assert.Equal(1, _cuts);
    }

    [Fact]
    public void Grace_LetsASocketOutliveItsToken()
    {
        var (socket, life) = Open(tokenLasts: TimeSpan.FromSeconds(7), Options with { TokenGrace = TimeSpan.FromSeconds(3) });

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(After(1), life.Check(_time.GetTimestamp()));
        Assert.False(socket.IsLeaving);

        _time.Advance(TimeSpan.FromSeconds(1));
        life.Check(_time.GetTimestamp());
        Assert.True(socket.IsLeaving);
    }

    [Fact]
    public void Token_ThatIsGoodUntilTheLastDay_EndsNothing_GraceOrNot()
    {
        var (socket, life) = Open(DateTimeOffset.MaxValue - _time.GetUtcNow(), Options with { TokenGrace = TimeSpan.FromDays(1) });

        Assert.Equal(After(30), life.Check(_time.GetTimestamp()));
        Assert.False(socket.IsLeaving);
    }

    [Fact]
    public void EndedSocket_IsNotWatchedAnyMore()
    {
        var (_, life) = Open();

        life.End();

        Assert.Null(life.Check(_time.GetTimestamp()));
    }

    [Fact]
    public async Task EndedSocket_IsNeitherCutNorWrittenTo()
    {
        var (socket, _) = Open();

        await socket.EndAsync();
        socket.Cut();
        socket.Ping();
        socket.Close(SocketClose.ServiceRestart);

        Assert.Equal((0, 0), (_cuts, _client.Length));
    }

    private long After(double seconds) => _time.GetTimestamp() + (long)(seconds * _time.TimestampFrequency);

    private void Turn(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += DeadlineWheel.Tick)
        {
            _time.Advance(DeadlineWheel.Tick);
            _wheel.Turn();
        }
    }

    private (LiveSocket Socket, SocketLife Life) Open(TimeSpan? tokenLasts = null, SocketOptions? options = null, Stream? client = null)
    {
        var origin = new SocketOrigin { Id = 1, Route = "ws", Destination = "a", Path = "/ws", Login = tokenLasts is { } lasts ? new Login { ExpiresAt = _time.GetUtcNow() + lasts } : null };
        var socket = new LiveSocket(origin, client ?? _client, _wheel, options ?? Options, _time, () => _cuts++);
        return (socket, new SocketLife(socket, options ?? Options, _time));
    }
}
