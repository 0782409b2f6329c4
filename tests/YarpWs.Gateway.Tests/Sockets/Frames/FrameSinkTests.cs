using System.IO.Pipelines;
using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Gateway.Tests.Sockets.Frames;

public sealed class FrameSinkTests : IDisposable
{
    private static readonly ReadOnlyMemory<byte> Goodbye = OwnFrame.Close(new SocketClose(1012, "leaving"), isMasked: false);

    private readonly DeadlineWheel _wheel = new(TimeProvider.System, NullLogger<DeadlineWheel>.Instance);
    private readonly MemoryStream _peer = new();
    private readonly FrameSink _sink;

    public FrameSinkTests() => _sink = SinkOn(_peer);

    public void Dispose() => _peer.Dispose();

    private FrameSink SinkOn(Stream stream) => new(stream, new Liveness(_wheel, TimeProvider.System), isMasked: false);

    [Fact]
    public async Task CloseFrame_BetweenMessages_GoesOutAtOnce_AndNothingFollows()
    {
        await _sink.WriteAsync(new byte[] { 1, 2 }, FrameBoundary.BetweenMessages);

        Assert.True(_sink.SendLast(Goodbye, isUrgent: false));
        await _sink.WriteAsync(new byte[] { 3 }, FrameBoundary.BetweenMessages);

        Assert.Equal([1, 2, .. Goodbye.Span], _peer.ToArray());
    }

    [Fact]
    public async Task CloseFrame_InsideAMessage_WaitsForItsEnd()
    {
        await _sink.WriteAsync(new byte[] { 1 }, FrameBoundary.InMessage);

        _sink.SendLast(Goodbye, isUrgent: false);
        Assert.Equal([1], _peer.ToArray());

        await _sink.WriteAsync(new byte[] { 2 }, FrameBoundary.BetweenMessages);
        Assert.Equal([1, 2, .. Goodbye.Span], _peer.ToArray());
    }

    [Fact]
    public async Task CloseFrame_ThatIsUrgent_WaitsForTheFrameOnly()
    {
        await _sink.WriteAsync(new byte[] { 1 }, FrameBoundary.InFrame);
        _sink.SendLast(Goodbye, isUrgent: true);
        Assert.Equal([1], _peer.ToArray());

        await _sink.WriteAsync(new byte[] { 2 }, FrameBoundary.InMessage);
        Assert.Equal([1, 2, .. Goodbye.Span], _peer.ToArray());
    }

    [Fact]
    public async Task CloseFrame_ThatHasBecomeUrgent_IsStillTheFirstOne()
    {
        await _sink.WriteAsync(new byte[] { 1 }, FrameBoundary.InMessage);
        _sink.SendLast(Goodbye, isUrgent: false);

        Assert.True(_sink.SendLast(OwnFrame.Close(new SocketClose(1001, ""), isMasked: false), isUrgent: true));

        Assert.Equal([1, .. Goodbye.Span], _peer.ToArray());
    }

    [Fact]
    public async Task CloseFrame_InsideAFrameThatWillNotEnd_CanNeverBeSent()
    {
        await _sink.WriteAsync(new byte[] { 1 }, FrameBoundary.InFrame);

        Assert.False(_sink.SendLast(Goodbye, isUrgent: true, isLastChance: true));
        Assert.Equal([1], _peer.ToArray());
    }

    [Fact]
    public async Task CloseFrame_AfterTheOtherEndClosed_IsNotSent()
    {
        await _sink.WriteAsync(new byte[] { 1 }, FrameBoundary.Closed);

        Assert.True(_sink.SendLast(Goodbye, isUrgent: true));

        Assert.Equal([1], _peer.ToArray());
    }

    [Fact]
    public async Task CloseFrame_BehindTheOtherEnds_GoesOutInItsPlace()
    {
        Assert.True(_sink.SendLastBehindClose(Goodbye, () => { }));
        Assert.Empty(_peer.ToArray());

        await _sink.WriteAsync(WireFrame.Closing(1000, masked: false), FrameBoundary.Closed, isOne: true);

        Assert.Equal(Goodbye.ToArray(), _peer.ToArray());
    }

    [Fact]
    public async Task CloseFrame_WhileAWriteIsUnderWay_WaitsForIt()
    {
        // A pipe that is full holds the write back until somebody reads.
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 8, resumeWriterThreshold: 4, useSynchronizationContext: false));
        var sink = SinkOn(pipe.Writer.AsStream());
        var writing = sink.WriteAsync(new byte[20], FrameBoundary.BetweenMessages).AsTask();
        Assert.False(writing.IsCompleted);

        sink.SendLast(Goodbye, isUrgent: false);
        var received = new byte[20 + Goodbye.Length];
        await pipe.Reader.AsStream().ReadExactlyAsync(received, TestContext.Current.CancellationToken);
        await writing;

        Assert.Equal([.. new byte[20], .. Goodbye.Span], received);
    }

    [Fact]
    public async Task Ping_InsideAFrame_WaitsForItsEnd_AndTwoAreOne()
    {
        await _sink.WriteAsync(new byte[] { 1 }, FrameBoundary.InFrame);

        _sink.SendPing();
        _sink.SendPing();
        await _sink.WriteAsync(new byte[] { 2 }, FrameBoundary.InMessage);
        await _sink.WriteAsync(new byte[] { 3 }, FrameBoundary.BetweenMessages);

        var sent = _peer.ToArray();
        Assert.Equal([1, 2, 0x89, Liveness.PingPayloadSize], sent[..4]);
        Assert.Equal([3], sent[(4 + Liveness.PingPayloadSize)..]);
    }

    [Fact]
    public async Task Notice_InsideAMessage_WaitsForItsEnd()
    {
        await _sink.WriteAsync(new byte[] { 1 }, FrameBoundary.InMessage);

        _sink.SendNotice(OwnFrame.Text("hi"));
        Assert.Equal([1], _peer.ToArray());

        await _sink.WriteAsync(new byte[] { 2 }, FrameBoundary.BetweenMessages);
        Assert.Equal([1, 2, 0x81, 2, (byte)'h', (byte)'i'], _peer.ToArray());
    }

    [Fact]
    public async Task Write_WhileAPingIsUnderWay_WaitsForIt()
    {
        // A pipe that is full holds the ping back until somebody reads.
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 0, useSynchronizationContext: false));
        var sink = SinkOn(pipe.Writer.AsStream());
        sink.SendPing();

        var writing = sink.WriteAsync(new byte[] { 7 }, FrameBoundary.BetweenMessages).AsTask();
        Assert.False(writing.IsCompleted);
        var received = new byte[2 + Liveness.PingPayloadSize + 1];
        await pipe.Reader.AsStream().ReadExactlyAsync(received, TestContext.Current.CancellationToken);
        await writing;

        Assert.Equal((0x89, 7), (received[0], received[^1]));
    }

    [Fact]
    public async Task Write_ToAnEndThatIsGone_FailsNobody()
    {
        _peer.Dispose();

        await _sink.WriteAsync(new byte[] { 1 }, FrameBoundary.BetweenMessages);
        Assert.True(_sink.SendLast(Goodbye, isUrgent: true));
        await _sink.FinishAsync();
    }

    [Fact]
    public async Task Ping_ThatFailed_IsTheLastThatIsWritten()
    {
        var failing = new FailingOnce();
        var sink = SinkOn(failing);

        sink.SendPing();
        await sink.WriteAsync(new byte[] { 1 }, FrameBoundary.BetweenMessages);

        Assert.Equal((1, 0), (failing.Failures, failing.Length));
    }

    [Fact]
    public void CloseReason_ThatIsTooLong_IsCutBetweenCharacters()
    {
        var frame = OwnFrame.Close(new SocketClose(4003, new string('é', 100)), isMasked: false);

        Assert.Equal(2 + 2 + 122, frame.Length);
        Assert.Equal(new string('é', 61), System.Text.Encoding.UTF8.GetString(frame.Span[4..]));
    }

    [Fact]
    public void Frame_ToABackend_IsMasked()
    {
        var frame = OwnFrame.Close(new SocketClose(1001, "x"), isMasked: true).ToArray();

        Assert.Equal(WireFrame.Closing(1001, masked: true, "x").Length, frame.Length);
        Assert.Equal([0x88, 0x80 | 3], frame[..2]);
        Assert.Equal([0x03, 0xE9, (byte)'x'], frame[6..].Select((value, index) => (byte)(value ^ frame[2 + index])));
    }

    /// <summary>Takes all but what is written first.</summary>
    private sealed class FailingOnce : MemoryStream
    {
        public int Failures { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            Failures++ == 0 ? ValueTask.FromException(new IOException("The peer has reset the connection.")) : base.WriteAsync(buffer, cancellationToken);
    }
}
