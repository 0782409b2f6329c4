using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Frames;
using YarpWs.Gateway.Sockets.Limits;
using YarpWs.Gateway.Tests.Sockets.Frames;
using YarpWs.Gateway.Tests.Sockets.Limits;

namespace YarpWs.Gateway.Tests.Sockets;

public sealed class SocketRelayTests : IDisposable
{
    private readonly DeadlineWheel _wheel = new(TimeProvider.System, NullLogger<DeadlineWheel>.Instance);
    private readonly TestSocket _socket;
    private readonly Task _relay;

    public SocketRelayTests()
    {
        _socket = new TestSocket(_wheel, TimeProvider.System, new SocketOptions { WholeFrameBytes = 1024 });
        _relay = SocketRelay.RunAsync(_socket.Live);
    }

    public void Dispose() => _socket.Dispose();

    private Task OverAsync() => _relay.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);

    private static async Task ExpectAsync(Stream end, params byte[][] frames)
    {
        byte[] expected = [.. frames.SelectMany(frame => frame)];
        var received = new byte[expected.Length];
        await end.ReadExactlyAsync(received, Deadline.Token());
        Assert.Equal(expected, received);
    }

    private static async Task ExpectEndAsync(Stream end) => Assert.Equal(0, await end.ReadAsync(new byte[1], Deadline.Token()));

    private static byte[] OwnClose(SocketClose close) => OwnFrame.Close(close, isMasked: false).ToArray();

    [Fact]
    public async Task Frames_GoBothWaysUnchanged_UntilBothHaveClosed()
    {
        var (up, down) = (WireFrame.Message("up", masked: true), WireFrame.Message("down", masked: false));
        await _socket.Client.WriteAsync(up, Deadline.Token());
        await ExpectAsync(_socket.Backend, up);
        await _socket.Backend.WriteAsync(down, Deadline.Token());
        await ExpectAsync(_socket.Client, down);

        await _socket.Client.WriteAsync(WireFrame.Closing(4001, masked: true), Deadline.Token());
        await ExpectAsync(_socket.Backend, WireFrame.Closing(4001, masked: true));
        await _socket.Backend.WriteAsync(WireFrame.Closing(4001, masked: false), Deadline.Token());
        await ExpectAsync(_socket.Client, WireFrame.Closing(4001, masked: false));

        await OverAsync();
        Assert.Equal((Closer.Client, 4001, null), (_socket.Live.Closer, _socket.Live.CloseCode, _socket.Live.CutFor));
    }

    [Fact]
    public async Task Backend_ThatIsLostBetweenFrames_EndsAsAClose()
    {
        var message = WireFrame.Message("last words", masked: false);
        await _socket.Backend.WriteAsync(message, Deadline.Token());
        _socket.Backend.Dispose();

        await ExpectAsync(_socket.Client, message, OwnClose(SocketClose.BackendLost));
        await _socket.Client.WriteAsync(WireFrame.Closing(1012, masked: true), Deadline.Token());
        await OverAsync();
        Assert.Equal((Closer.Gateway, 1012), (_socket.Live.Closer, _socket.Live.CloseCode));
    }

    [Fact]
    public async Task Backend_ThatIsLostInsideASmallFrame_EndsAsAClose_WithoutItsPieces()
    {
        await _socket.Backend.WriteAsync(WireFrame.Of(Opcode.Binary, new byte[1000], masked: false).AsMemory(..900), Deadline.Token());
        _socket.Backend.Dispose();

        await ExpectAsync(_socket.Client, OwnClose(SocketClose.BackendLost));
        _socket.Client.Dispose();
        await OverAsync();
    }

    [Fact]
    public async Task Backend_ThatIsLostBetweenTheFramesOfAMessage_EndsAsAClose()
    {
        var fragment = WireFrame.Of(Opcode.Text, [1], masked: false, last: false);
        await _socket.Backend.WriteAsync(fragment, Deadline.Token());
        _socket.Backend.Dispose();

        await ExpectAsync(_socket.Client, fragment, OwnClose(SocketClose.BackendLost));
        _socket.Client.Dispose();
        await OverAsync();
    }

    [Fact]
    public async Task Backend_ThatIsLostInsideALargeFrame_EndsAsACut()
    {
        var piece = WireFrame.Of(Opcode.Binary, new byte[2000], masked: false)[..1500];
        await _socket.Backend.WriteAsync(piece, Deadline.Token());
        await ExpectAsync(_socket.Client, piece);
        _socket.Backend.Dispose();

        Assert.Equal(0, await _socket.Client.ReadAsync(new byte[1], Deadline.Token()));
        _socket.Client.Dispose();
        await OverAsync();
        Assert.Equal((Closer.None, null, CutReason.BackendLostInFrame), (_socket.Live.Closer, _socket.Live.CloseCode, _socket.Live.CutFor));
    }

    [Fact]
    public async Task Backend_ThatBreaksTheProtocol_IsTold1002_AndItsClient1014()
    {
        await _socket.Backend.WriteAsync(WireFrame.Message("masked", masked: true), Deadline.Token());

        await ExpectAsync(_socket.Client, OwnClose(SocketClose.BackendFault));
        Assert.Equal(1002, await ReadOwnCloseAsync(_socket.Backend));
        await _socket.Client.WriteAsync(WireFrame.Closing(1014, masked: true), Deadline.Token());
        await OverAsync();
    }

    [Fact]
    public async Task Client_ThatBreaksTheProtocol_IsTold1002_AndItsBackendThatItLeaves()
    {
        var good = WireFrame.Message("good", masked: true);
        await _socket.Client.WriteAsync((byte[])[.. good, .. WireFrame.Message("bad", masked: false)], Deadline.Token());

        await ExpectAsync(_socket.Backend, good);
        Assert.Equal(1001, await ReadOwnCloseAsync(_socket.Backend));
        var answer = WireFrame.Message("answer to what was good", masked: false);
        await _socket.Backend.WriteAsync((byte[])[.. answer, .. WireFrame.Closing(1001, masked: false)], Deadline.Token());

        await ExpectAsync(_socket.Client, answer, OwnClose(SocketClose.ProtocolError.Because("a frame is not masked")));
        await ExpectEndAsync(_socket.Client);
        _socket.Client.Dispose();
        await OverAsync();
        Assert.Equal((Closer.Gateway, 1002), (_socket.Live.Closer, _socket.Live.CloseCode));
    }

    [Fact]
    public async Task Client_ThatBreaksTheProtocol_InsideAFrameOfTheBackends_IsToldWhenTheFrameHasEnded()
    {
        var large = WireFrame.Of(Opcode.Binary, new byte[2000], masked: false);
        await _socket.Backend.WriteAsync(large.AsMemory(..1500), Deadline.Token());
        await ExpectAsync(_socket.Client, large[..1500]);

        await _socket.Client.WriteAsync(WireFrame.Message("bad", masked: false), Deadline.Token());
        Assert.Equal(1001, await ReadOwnCloseAsync(_socket.Backend));
        await _socket.Backend.WriteAsync((byte[])[.. large[1500..], .. WireFrame.Closing(1001, masked: false)], Deadline.Token());

        await ExpectAsync(_socket.Client, large[1500..], OwnClose(SocketClose.ProtocolError.Because("a frame is not masked")));
        _socket.Client.Dispose();
        await OverAsync();
    }

    /// <summary>The rest of its frame will never come, so that no close frame can stand behind it.</summary>
    [Fact]
    public async Task Client_ThatBreaksARule_InsideAFrameOfItsOwn_EndsItsBackendsConnectionAtOnce()
    {
        using var limits = new LimitsUnderTest();
        using var socket = new TestSocket(_wheel, TimeProvider.System, limits: limits.Messages(new SocketOptions { BytesPerSecond = Rate.Parse("1 burst 10"), OverRate = OverRate.Close }));
        var relay = SocketRelay.RunAsync(socket.Live);
        var begun = WireFrame.Of(Opcode.Binary, new byte[2000], masked: true)[..1500];

        await socket.Client.WriteAsync(begun, Deadline.Token());

        await ExpectAsync(socket.Backend, begun);
        await ExpectEndAsync(socket.Backend);
        await ExpectAsync(socket.Client, OwnClose(SocketClose.TooFast));
        socket.Client.Dispose();
        await relay.WaitAsync(Deadline.Token());
    }

    [Fact]
    public async Task Backend_ThatBreaksTheProtocol_InsideAFrameOfTheClients_IsToldWhenTheFrameHasEnded()
    {
        var large = WireFrame.Of(Opcode.Binary, new byte[2000], masked: true);
        await _socket.Client.WriteAsync(large.AsMemory(..1500), Deadline.Token());
        await ExpectAsync(_socket.Backend, large[..1500]);

        await _socket.Backend.WriteAsync(WireFrame.Message("masked", masked: true), Deadline.Token());
        await ExpectAsync(_socket.Client, OwnClose(SocketClose.BackendFault));
        await _socket.Client.WriteAsync((byte[])[.. large[1500..], .. WireFrame.Closing(1014, masked: true)], Deadline.Token());

        await ExpectAsync(_socket.Backend, large[1500..]);
        Assert.Equal(1002, await ReadOwnCloseAsync(_socket.Backend));
        await OverAsync();
    }

    [Fact]
    public async Task Close_FindsItsPlace_BetweenMessagesThatAreNeverReadToTheirEndAtOnce()
    {
        var message = WireFrame.Of(Opcode.Binary, new byte[2000], masked: false);
        await _socket.Backend.WriteAsync(message.AsMemory(..1500), Deadline.Token());
        await ExpectAsync(_socket.Client, message[..1500]);

        _socket.Live.Close(SocketClose.ServiceRestart);
        await _socket.Backend.WriteAsync((byte[])[.. message[1500..], .. message[..1500]], Deadline.Token());

        await ExpectAsync(_socket.Client, message[1500..], OwnClose(SocketClose.ServiceRestart));
        _socket.Client.Dispose();
        _socket.Backend.Dispose();
        await OverAsync();
    }

    [Fact]
    public async Task Client_ThatIsGone_EndsTheBackendsConnection()
    {
        _socket.Client.Dispose();

        await ExpectEndAsync(_socket.Backend);
        _socket.Backend.Dispose();
        await OverAsync();
        Assert.Equal((Closer.None, null), (_socket.Live.Closer, _socket.Live.CloseCode));
    }

    [Fact]
    public async Task Client_ThatIsGone_IsToldToABackendBehindTls_ByACloseFrame_BehindWhatItSent()
    {
        using var socket = new TestSocket(_wheel, TimeProvider.System, endsBackend: false);
        var relay = SocketRelay.RunAsync(socket.Live);
        var message = WireFrame.Message("last words", masked: true);
        await socket.Client.WriteAsync(message, Deadline.Token());
        socket.Client.Dispose();

        await ExpectAsync(socket.Backend, message);
        Assert.Equal(1001, await ReadOwnCloseAsync(socket.Backend));
        socket.Backend.Dispose();
        await relay.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Client_ThatAnswersTheGateway_ReadsTheEnd_ThoughItsBackendSaysNothing()
    {
        _socket.Live.Close(SocketClose.ServiceRestart);
        await ExpectAsync(_socket.Client, OwnClose(SocketClose.ServiceRestart));

        await _socket.Client.WriteAsync(WireFrame.Closing(1012, masked: true), Deadline.Token());

        await ExpectEndAsync(_socket.Client);
        _socket.Backend.Dispose();
        await OverAsync();
    }

    [Fact]
    public async Task Client_ThatBreaksTheProtocol_AfterItsBackendHasEnded_GetsTheCloseFrame_ThenTheEnd_AndNoReset()
    {
        _socket.Aborted = () => Assert.Fail("A reset would overtake the close frame.");
        _socket.Backend.Dispose();
        await ExpectAsync(_socket.Client, OwnClose(SocketClose.BackendLost));

        await _socket.Client.WriteAsync(WireFrame.Message("bad", masked: false), Deadline.Token());
        await _socket.Client.WriteAsync(new byte[100_000], Deadline.Token());

        await ExpectEndAsync(_socket.Client);
        Assert.False(_relay.IsCompleted);
        _socket.Client.Dispose();
        await OverAsync();
        Assert.Null(_socket.Live.CutFor);
    }

    [Fact]
    public async Task Client_ThatBreaksARule_IsOver_WhenItAnswers_ThoughItEndsNothing()
    {
        await _socket.Client.WriteAsync((byte[])[.. WireFrame.Message("bad", masked: false), .. WireFrame.Of(Opcode.Binary, new byte[70_000], masked: true)], Deadline.Token());
        Assert.Equal(1001, await ReadOwnCloseAsync(_socket.Backend));
        _socket.Backend.Dispose();
        await ExpectAsync(_socket.Client, OwnClose(SocketClose.ProtocolError.Because("a frame is not masked")));
        await ExpectEndAsync(_socket.Client);

        await _socket.Client.WriteAsync((byte[])[.. WireFrame.Message("still under way", masked: true), .. WireFrame.Closing(1002, masked: true)], Deadline.Token());

        await OverAsync();
        Assert.Null(_socket.Live.CutFor);
    }

    [Fact]
    public async Task Client_ThatBreaksTheProtocol_WhoseBackendIsLostInsideAFrame_IsCut()
    {
        var piece = WireFrame.Of(Opcode.Binary, new byte[2000], masked: false)[..1500];
        await _socket.Backend.WriteAsync(piece, Deadline.Token());
        await ExpectAsync(_socket.Client, piece);
        await _socket.Client.WriteAsync(WireFrame.Message("bad", masked: false), Deadline.Token());
        Assert.Equal(1001, await ReadOwnCloseAsync(_socket.Backend));

        _socket.Backend.Dispose();

        await OverAsync();
        Assert.Equal(CutReason.BackendLostInFrame, _socket.Live.CutFor);
    }

    [Fact]
    public async Task Relay_IsNotOver_BeforeTheGatewaysCloseFrameIsWritten_ToASlowClient()
    {
        using var socket = new TestSocket(_wheel, TimeProvider.System, capacity: 64);
        var relay = SocketRelay.RunAsync(socket.Live);
        var message = WireFrame.Of(Opcode.Binary, new byte[100], masked: false);
        await socket.Backend.WriteAsync(message.AsMemory(..60), Deadline.Token());
        await socket.Backend.WriteAsync(message.AsMemory(60..), Deadline.Token());
        socket.Backend.Dispose();
        await socket.Client.WriteAsync(WireFrame.Closing(1000, masked: true), Deadline.Token());

        // Both ends are over, and the client has read nothing yet.
        await socket.Live.Backend.Sink.FinishAsync();
        Assert.False(relay.IsCompleted);

        await ExpectAsync(socket.Client, message);
        var close = new byte[2];
        await socket.Client.ReadExactlyAsync(close, Deadline.Token());
        Assert.Equal(0x88, close[0]);
        await socket.Client.ReadExactlyAsync(new byte[close[1]], Deadline.Token());
        await relay.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Socket_ThatIsCut_IsNotClosedAsWell()
    {
        // The backend's connection ends first, and its lane with it.
        _socket.Aborted = _socket.Live.Backend.Stream.Dispose;

        _socket.Live.Cut(CutReason.ClientDead);

        await OverAsync();
        Assert.Equal((Closer.None, null, CutReason.ClientDead), (_socket.Live.Closer, _socket.Live.CloseCode, _socket.Live.CutFor));
    }

    [Fact]
    public async Task Client_WhoseBackendIsGoneWithoutAnAnswer_IsAnsweredByTheGateway()
    {
        await _socket.Client.WriteAsync(WireFrame.Closing(4001, masked: true, "bye"), Deadline.Token());
        await ExpectAsync(_socket.Backend, WireFrame.Closing(4001, masked: true, "bye"));
        _socket.Backend.Dispose();

        await ExpectAsync(_socket.Client, WireFrame.Closing(4001, masked: false));
        await OverAsync();
        Assert.Equal((Closer.Client, 4001), (_socket.Live.Closer, _socket.Live.CloseCode));
    }

    [Fact]
    public async Task Gateway_ThatCloses_PassesTheClientsAnswerOn_AndNothingOfTheBackends()
    {
        _socket.Live.Close(SocketClose.ServiceRestart);
        await _socket.Backend.WriteAsync(WireFrame.Message("too late", masked: false), Deadline.Token());
        await ExpectAsync(_socket.Client, OwnClose(SocketClose.ServiceRestart));

        var answer = WireFrame.Closing(1012, masked: true);
        await _socket.Client.WriteAsync(answer, Deadline.Token());
        await ExpectAsync(_socket.Backend, answer);
        await _socket.Backend.WriteAsync(WireFrame.Closing(1012, masked: false), Deadline.Token());

        await OverAsync();
        Assert.Equal((Closer.Gateway, 1012), (_socket.Live.Closer, _socket.Live.CloseCode));
    }

    /// <summary>Reads a masked close frame without a reason worth knowing, and returns its code.</summary>
    private static async Task<int> ReadOwnCloseAsync(Stream backend)
    {
        var head = new byte[6];
        await backend.ReadExactlyAsync(head, Deadline.Token());
        Assert.Equal(0x88, head[0]);
        var payload = new byte[head[1] & 0x7F];
        await backend.ReadExactlyAsync(payload, Deadline.Token());
        return ((payload[0] ^ head[2]) << 8) | (payload[1] ^ head[3]);
    }
}
