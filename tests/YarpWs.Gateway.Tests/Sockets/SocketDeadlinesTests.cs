using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Frames;
using YarpWs.Gateway.Tests.Sockets.Frames;

namespace YarpWs.Gateway.Tests.Sockets;

public sealed class SocketDeadlinesTests : IDisposable
{
    private static readonly SocketOptions Options = new()
    {
        PingInterval = TimeSpan.FromSeconds(30),
        PongTimeout = TimeSpan.FromSeconds(10),
        BackendTimeout = TimeSpan.FromSeconds(20),
        CloseTimeout = TimeSpan.FromSeconds(5),
    };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly DeadlineWheel _wheel;
    private TestSocket? _socket;

    public SocketDeadlinesTests() => _wheel = new DeadlineWheel(_time, NullLogger<DeadlineWheel>.Instance);

    public void Dispose() => _socket?.Dispose();

    [Fact]
    public async Task QuietClient_IsPingedAfterTheInterval_AndCutWithoutAnAnswer()
    {
        var socket = Open();

        Turn(30.2);
        Assert.Equal((Opcode.Ping, Liveness.PingPayloadSize), await ReadAsync(socket.Client));
        Turn(9.6);
        Assert.Null(socket.Live.CutFor);

        Turn(0.6);
        Assert.Equal(CutReason.ClientDead, socket.Live.CutFor);
    }

    [Fact]
    public void Tunnel_IsNeitherPingedNorNoticed_AndIsCutAfterTheIdleTime()
    {
        var socket = OpenTunnel(Options with { IdleTimeout = TimeSpan.FromMinutes(10), ExpiryNotice = "soon" }, tokenLasts: TimeSpan.FromMinutes(11));
        var (client, backend) = (socket.Client.ReadAsync(new byte[1], Deadline.Token()).AsTask(), socket.Backend.ReadAsync(new byte[1], Deadline.Token()).AsTask());

        Turn(599);
        Assert.Equal((false, false, null), (client.IsCompleted, backend.IsCompleted, socket.Live.CutFor));

        Turn(1.2);
        Assert.Equal((CutReason.Tunnel, Closer.Gateway, 1001), (socket.Live.CutFor, socket.Live.Closer, socket.Live.CloseCode));
    }

    [Fact]
    public async Task Tunnel_ThatSomethingPasses_IsNotIdle()
    {
        var socket = OpenTunnel(Options with { IdleTimeout = TimeSpan.FromMinutes(10) });
        var running = TunnelRelay.RunAsync(socket.Live);
        for (var minute = 0; minute < 30; minute++)
        {
            Turn(60);
            await socket.Backend.WriteAsync(new byte[1], Deadline.Token());
            Assert.Equal(1, await socket.Client.ReadAsync(new byte[1], Deadline.Token()));
        }

        Assert.Null(socket.Live.CutFor);
        socket.Live.Cut(CutReason.ShutdownOver);
        await running.WaitAsync(Deadline.Token());
    }

    [Fact]
    public void Tunnel_ThatHasLivedItsTime_IsCut()
    {
        var socket = OpenTunnel(Options with { MaxLifetime = TimeSpan.FromMinutes(5) });

        Turn(301);

        Assert.Equal((CutReason.Tunnel, 1012), (socket.Live.CutFor, socket.Live.CloseCode));
    }

    /// <summary>A pager holds what is sent to it for as long as somebody reads.</summary>
    [Fact]
    public async Task Client_OfATunnel_MayLeaveWhatIsSentToIt()
    {
        var socket = OpenTunnel(Options, capacity: 10);
        var running = TunnelRelay.RunAsync(socket.Live);
        await socket.Backend.WriteAsync(new byte[11], Deadline.Token());

        Turn(600);

        Assert.Null(socket.Live.CutFor);
        await socket.Client.ReadExactlyAsync(new byte[11], Deadline.Token());
        socket.Live.Cut(CutReason.ShutdownOver);
        await running.WaitAsync(Deadline.Token());
    }

    [Fact]
    public async Task QuietBackend_IsPingedAfterTheInterval_AndItsClientIsToldToComeBack()
    {
        var socket = Open(Options with { PongTimeout = TimeSpan.FromMinutes(10) });

        Turn(30.2);
        Assert.Equal((Opcode.Ping, Liveness.PingPayloadSize), await ReadAsync(socket.Backend));
        await ReadAsync(socket.Client);
        Turn(19.6);
        Assert.False(socket.Live.IsLeaving);

        Turn(0.6);
        Assert.Equal((Opcode.Close, 1013), await ReadAsync(socket.Client));
    }

    [Fact]
    public async Task Client_IsNotCutForAPing_ThatTheBackendHoldsUp()
    {
        var socket = Open(Options with { BackendTimeout = TimeSpan.FromMinutes(10) });
        await socket.Live.Client.Sink.WriteAsync(new byte[4], FrameBoundary.InFrame);

        Turn(300);
        Assert.Null(socket.Live.CutFor);

        await socket.Live.Client.Sink.WriteAsync(new byte[4], FrameBoundary.BetweenMessages);
        Turn(9.6);
        Assert.Null(socket.Live.CutFor);
        Turn(0.6);
        Assert.Equal(CutReason.ClientDead, socket.Live.CutFor);
    }

    [Fact]
    public async Task Client_ThatTakesABackedUpWrite_IsAlive_AndOneThatDoesNotIsCut()
    {
        var socket = Open(Options with { BackendTimeout = TimeSpan.FromMinutes(10) }, capacity: 8);
        var message = WireFrame.Message("longer than the pipe is wide", masked: false);

        var first = socket.Live.Client.Sink.WriteAsync(message, FrameBoundary.BetweenMessages).AsTask();
        Turn(29);
        await socket.Client.ReadExactlyAsync(new byte[message.Length], TestContext.Current.CancellationToken);
        await first;
        Turn(29);
        Assert.Null(socket.Live.CutFor);

        var second = socket.Live.Client.Sink.WriteAsync(message, FrameBoundary.BetweenMessages).AsTask();
        Turn(12);
        Assert.Equal((CutReason.ClientDead, false), (socket.Live.CutFor, second.IsCompleted));
    }

    [Fact]
    public async Task Client_IsNotBlamed_ForABackendThatReadsNothing()
    {
        var socket = Open(Options with { BackendTimeout = TimeSpan.FromMinutes(1) }, capacity: 8);
        _ = socket.Live.Backend.Sink.WriteAsync(WireFrame.Message("longer than the pipe is wide", masked: true), FrameBoundary.BetweenMessages).AsTask();

        Turn(59);
        Assert.Equal((null, false), (socket.Live.CutFor, socket.Live.IsLeaving));

        Turn(32);
        Assert.Equal((Opcode.Close, 1013), await ReadAsync(socket.Client));
    }

    [Fact]
    public async Task Backend_ThatReadsNothing_IsStalled_HoweverMuchItSends()
    {
        var socket = Open(capacity: 8);
        _ = socket.Live.Backend.Sink.WriteAsync(WireFrame.Message("longer than the pipe is wide", masked: true), FrameBoundary.BetweenMessages).AsTask();

        for (var second = 0; second < 49; second++)
        {
            socket.Live.Backend.Liveness.Heard();
            Turn(1);
        }

        Assert.False(socket.Live.IsLeaving);
        Turn(1.2);
        Assert.Equal((Opcode.Close, 1013), await ReadAsync(socket.Client));
    }

    [Fact]
    public void Client_ThatReadsNothing_IsCut_HoweverMuchItSends_AndItsBackendIsNotBlamed()
    {
        var socket = Open(capacity: 8);
        _ = socket.Live.Client.Sink.WriteAsync(WireFrame.Message("longer than the pipe is wide", masked: false), FrameBoundary.BetweenMessages).AsTask();

        for (var second = 0; second < 41; second++)
        {
            socket.Live.Client.Liveness.Heard();
            Turn(1);
        }

        Assert.Equal((CutReason.ClientDead, false), (socket.Live.CutFor, socket.Live.IsLeaving));
    }

    [Fact]
    public async Task Token_ClosesItsSocketWhenItExpires_AndTheClientHasAWhileToAnswer()
    {
        var socket = Open(tokenLasts: TimeSpan.FromSeconds(7));

        Turn(6.8);
        Assert.False(socket.Live.IsLeaving);
        Turn(0.4);
        Assert.Equal((Opcode.Close, 4003), await ReadAsync(socket.Client));
        Assert.Equal((Closer.Gateway, 4003, null), (socket.Live.Closer, socket.Live.CloseCode, socket.Live.CutFor));

        Turn(5.2);
        Assert.Equal(CutReason.CloseUnanswered, socket.Live.CutFor);
    }

    [Fact]
    public async Task Login_ThatIsRenewed_KeepsItsSocket_AsLongAsTheNewTokenLasts()
    {
        var socket = Open(tokenLasts: TimeSpan.FromSeconds(7));

        Turn(5);
        socket.Live.Renew(new Login { ExpiresAt = _time.GetUtcNow() + TimeSpan.FromSeconds(9) });
        Turn(8.8);
        Assert.False(socket.Live.IsLeaving);

        Turn(0.4);
        Assert.Equal((Opcode.Close, 4003), await ReadAsync(socket.Client));
    }

    [Fact]
    public async Task Notice_IsGivenTenSecondsBeforeALoginEnds_OnceForEachToken()
    {
        var socket = Open(Options with { ExpiryNotice = "renew" }, tokenLasts: TimeSpan.FromSeconds(20));

        Turn(10.4);
        Assert.Equal((Opcode.Text, 5), await ReadAsync(socket.Client));
        socket.Live.Renew(new Login { ExpiresAt = _time.GetUtcNow() + TimeSpan.FromSeconds(15) });
        Turn(5.4);
        Assert.Equal((Opcode.Text, 5), await ReadAsync(socket.Client));
        Turn(10);
        Assert.Equal((Opcode.Close, 4003), await ReadAsync(socket.Client));
    }

    [Fact]
    public async Task Notice_IsNotGivenAgain_HoweverOftenTheSocketIsLookedAtUntilItsLoginEnds()
    {
        var socket = Open(Options with { ExpiryNotice = "renew", PingInterval = TimeSpan.FromSeconds(2), PongTimeout = TimeSpan.FromMinutes(1) }, tokenLasts: TimeSpan.FromSeconds(20));
        List<(Opcode, int)> frames = [];

        for (var second = 0; second < 21; second++)
        {
            socket.Live.Client.Liveness.Heard();
            Turn(1);
        }

        do
        {
            frames.Add(await ReadAsync(socket.Client));
        }
        while (frames[^1].Item1 != Opcode.Close);
        Assert.Single(frames, frame => frame.Item1 == Opcode.Text);
    }

    [Fact]
    public void Grace_LetsASocketOutliveItsToken()
    {
        var socket = Open(Options with { TokenGrace = TimeSpan.FromSeconds(3) }, tokenLasts: TimeSpan.FromSeconds(7));

        Turn(9.8);
        Assert.False(socket.Live.IsLeaving);

        Turn(0.4);
        Assert.True(socket.Live.IsLeaving);
    }

    [Fact]
    public void Token_ThatIsGoodUntilTheLastDay_EndsNothing_GraceOrNot()
    {
        var socket = Open(Options with { TokenGrace = TimeSpan.FromDays(1) }, DateTimeOffset.MaxValue - _time.GetUtcNow());

        Turn(29);

        Assert.False(socket.Live.IsLeaving);
    }

    [Fact]
    public async Task Socket_OnWhichNothingPasses_IsClosed_WhateverThePongs()
    {
        var socket = Open(Options with { IdleTimeout = TimeSpan.FromSeconds(12), PingInterval = TimeSpan.FromMinutes(5) });
        socket.Live.Client.Liveness.Passed();
        Turn(8);
        socket.Live.Client.Liveness.Passed();
        Turn(8);
        socket.Live.Client.Liveness.Heard();
        Assert.False(socket.Live.IsLeaving);

        Turn(4.4);
        Assert.Equal((Opcode.Close, 1001), await ReadAsync(socket.Client));
    }

    [Fact]
    public async Task Socket_OnWhichFramesPass_IsNotIdle()
    {
        var socket = Open(Options with { IdleTimeout = TimeSpan.FromMinutes(10), PingInterval = TimeSpan.FromHours(1) });
        var running = SocketRelay.RunAsync(socket.Live);
        var message = WireFrame.Message("hello", masked: false);
        for (var minute = 0; minute < 30; minute++)
        {
            Turn(60);
            await socket.Backend.WriteAsync(message, Deadline.Token());
            await socket.Client.ReadExactlyAsync(new byte[message.Length], Deadline.Token());
        }

        Assert.False(socket.Live.IsLeaving);
        socket.Live.Cut(CutReason.ShutdownOver);
        await running.WaitAsync(Deadline.Token());
    }

    [Fact]
    public async Task Socket_ThatHasLivedItsTime_IsToldToComeBack()
    {
        var socket = Open(Options with { MaxLifetime = TimeSpan.FromSeconds(12) });

        Turn(11.8);
        Assert.False(socket.Live.IsLeaving);
        Turn(0.4);
        Assert.Equal((Opcode.Close, 1012), await ReadAsync(socket.Client));
    }

    [Fact]
    public async Task Close_ThatWaitsForTheEndOfAMessage_IsPutBetweenItsFrames_WhenItTakesTooLong()
    {
        var socket = Open();
        await socket.Live.Client.Sink.WriteAsync(new byte[3], FrameBoundary.InMessage);
        await socket.Client.ReadExactlyAsync(new byte[3], TestContext.Current.CancellationToken);

        socket.Live.Close(SocketClose.ServiceRestart);
        Turn(4.8);
        Assert.Equal(Closer.None, socket.Live.Closer);
        Turn(0.6);
        Assert.Equal((Opcode.Close, 1012), await ReadAsync(socket.Client));
        Assert.Null(socket.Live.CutFor);

        Turn(5.2);
        Assert.Equal(CutReason.CloseUnanswered, socket.Live.CutFor);
    }

    [Fact]
    public async Task Client_WhoseBackendDoesNotAnswerItsClose_IsAnsweredByTheGateway()
    {
        var socket = Open();
        var relay = SocketRelay.RunAsync(socket.Live);
        await socket.Client.WriteAsync(WireFrame.Closing(4001, masked: true), TestContext.Current.CancellationToken);
        await ReadAsync(socket.Backend);

        // The relay tells the wheel of the end, and answers, in its own time: no turn may come in between.
        while (!socket.Live.IsEnding)
        {
            await Task.Yield();
        }

        Turn(5.4);
        await relay.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
        Assert.Equal((Opcode.Close, 4001), await ReadAsync(socket.Client));
        Assert.Null(socket.Live.CutFor);
    }

    [Fact]
    public async Task Client_ThatBreaksARule_WhoseBackendDoesNotAnswer_IsToldAfterASecond_AndCutWithoutAnAnswer()
    {
        var socket = Open();
        var relay = SocketRelay.RunAsync(socket.Live);
        await socket.Client.WriteAsync(WireFrame.Message("bad", masked: false), TestContext.Current.CancellationToken);
        await ReadAsync(socket.Backend);

        Turn(0.8);
        Assert.True(socket.Live.AwaitsBackend);
        Turn(0.6);
        Assert.False(socket.Live.AwaitsBackend);
        Assert.Equal((Opcode.Close, 1002), await ReadAsync(socket.Client));

        // The relay tells the wheel nothing more; hurried once, the end that does not come is cut.
        Turn(4.8);
        Assert.Null(socket.Live.CutFor);
        Turn(0.6);
        Assert.Equal(CutReason.CloseUnanswered, socket.Live.CutFor);
        await relay.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Client_ThatIsGone_WhoseBackendDoesNotEnd_IsOver_AfterCloseTimeout_AndIsNoCut()
    {
        var socket = Open();
        var relay = SocketRelay.RunAsync(socket.Live);
        socket.Client.Dispose();
        Assert.Equal(0, await socket.Backend.ReadAsync(new byte[1], TestContext.Current.CancellationToken));
        while (!socket.Live.IsEnding)
        {
            await Task.Yield();
        }

        Turn(5.4);
        await relay.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
        Assert.Null(socket.Live.CutFor);
    }

    [Fact]
    public async Task End_ThatWasHurriedOnce_AndStillDoesNotEnd_IsCut()
    {
        var socket = Open();
        await socket.Live.Client.Sink.WriteAsync(new byte[3], FrameBoundary.InFrame);
        socket.Live.Close(SocketClose.ServiceRestart);

        Turn(5.4);
        Assert.Null(socket.Live.CutFor);
        Turn(5.4);
        Assert.Equal((CutReason.CloseUnanswered, Closer.None), (socket.Live.CutFor, socket.Live.Closer));
    }

    [Fact]
    public void Pong_SentTwice_CountsOnce()
    {
        var answers = 0;
        var liveness = new Liveness(_wheel, _time, _ => answers++);
        var payload = new byte[Liveness.PingPayloadSize];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(payload, liveness.Pinged());

        Assert.True(liveness.IsAnswer(payload));
        Assert.False(liveness.IsAnswer(payload));
        Assert.Equal(1, answers);
    }

    [Fact]
    public async Task Ping_ThatWaits_GoesOut_BehindTheFirstFrame_OfAMessageOfManySmallOnes()
    {
        var socket = Open();
        var relay = SocketRelay.RunAsync(socket.Live);
        var piece = WireFrame.Of(Opcode.Binary, new byte[70_000], masked: false, last: false);
        await socket.Backend.WriteAsync(piece.AsMemory(..68_000), TestContext.Current.CancellationToken);
        await socket.Client.ReadExactlyAsync(new byte[68_000], TestContext.Current.CancellationToken);
        socket.Live.Client.Sink.SendPing();

        var small = WireFrame.Of(Opcode.Continuation, [1], masked: false, last: false);
        await socket.Backend.WriteAsync((byte[])[.. piece[68_000..], .. small, .. small, .. small], TestContext.Current.CancellationToken);

        await socket.Client.ReadExactlyAsync(new byte[piece.Length - 68_000], TestContext.Current.CancellationToken);
        Assert.Equal((Opcode.Ping, Liveness.PingPayloadSize), await ReadAsync(socket.Client));
        socket.Client.Dispose();
        socket.Backend.Dispose();
        await relay.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void EndedSocket_IsNotWatchedAnyMore()
    {
        var socket = Open();

        socket.Live.End();
        Turn(60);

        Assert.Null(socket.Live.CutFor);
    }

    [Fact]
    public void EndedSocket_IsNotCut()
    {
        var socket = Open();
        socket.Aborted = () => Assert.Fail("Its connection may be serving somebody else.");

        socket.Live.End();
        socket.Live.Cut(CutReason.ClientDead);
    }

    /// <summary>Reads a frame, and returns what it is and the length of its payload, or the code of a close frame.</summary>
    private static async Task<(Opcode Opcode, int LengthOrCode)> ReadAsync(Stream end)
    {
        var head = new byte[2];
        await end.ReadExactlyAsync(head, Deadline.Token());
        var mask = new byte[(head[1] & 0x80) != 0 ? 4 : 0];
        await end.ReadExactlyAsync(mask, Deadline.Token());
        var payload = new byte[head[1] & 0x7F];
        await end.ReadExactlyAsync(payload, Deadline.Token());
        var opcode = (Opcode)(head[0] & 0x0F);
        return (opcode, opcode == Opcode.Close ? (payload[0] << 8) | payload[1] : payload.Length);
    }

    private void Turn(double seconds)
    {
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromSeconds(seconds); passed += DeadlineWheel.Tick)
        {
            _time.Advance(DeadlineWheel.Tick);
            _wheel.Turn();
        }
    }

    private TestSocket Open(SocketOptions? options = null, TimeSpan? tokenLasts = null, int capacity = 1 << 20) =>
        _socket = new TestSocket(_wheel, _time, options ?? Options, tokenLasts, capacity);

    private TestSocket OpenTunnel(SocketOptions options, TimeSpan? tokenLasts = null, int capacity = 1 << 20) =>
        _socket = new TestSocket(_wheel, _time, options, tokenLasts, capacity, protocol: "tcp");
}
