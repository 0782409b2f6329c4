using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Gateway.Tests.Sockets.Frames;

public sealed class FrameScannerTests
{
    private readonly DeadlineWheel _wheel = new(TimeProvider.System, NullLogger<DeadlineWheel>.Instance);
    private readonly Liveness _liveness;

    public FrameScannerTests() => _liveness = new Liveness(_wheel, TimeProvider.System);

    private FrameScanner Scanner(bool masked, int wholeFrames = 0) => new(new FrameRules(masked, WebSocketExtensions.None), wholeFrames, _liveness);

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(125, true)]
    [InlineData(126, false)]
    [InlineData(126, true)]
    [InlineData(65_535, true)]
    [InlineData(65_536, false)]
    [InlineData(65_536, true)]
    [InlineData(200_000, false)]
    public void Message_OfEveryLengthClass_GoesOn_AndIsCountedOnce(int length, bool masked)
    {
        var scanner = Scanner(masked);
        var frame = WireFrame.Of(Opcode.Binary, new byte[length], masked);

        Assert.Equal(new ScanResult(frame.Length), scanner.Scan(frame));

        Assert.Equal((1, frame.Length, FrameBoundary.BetweenMessages), (scanner.Messages, scanner.Bytes, scanner.Boundary));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 4096)]
    public void Frames_SplitAnywhere_GoOnUnchanged(bool masked, int wholeFrames)
    {
        byte[] bytes =
        [
            .. WireFrame.Message("one", masked),
            .. WireFrame.Of(Opcode.Binary, new byte[300], masked),
            .. WireFrame.Of(Opcode.Ping, [1, 2, 3], masked),
            .. WireFrame.Closing(4001, masked, "enough"),
        ];

        for (var split = 0; split <= bytes.Length; split++)
        {
            var scanner = Scanner(masked, wholeFrames);

            Assert.Equal(bytes, Carry(scanner, bytes[..split], bytes[split..]));
            Assert.Equal((2, 4001, FrameBoundary.Closed), (scanner.Messages, scanner.CloseCode, scanner.Boundary));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Frames_ByteByByte_GoOnUnchanged(bool masked)
    {
        var scanner = Scanner(masked);
        byte[] bytes = [.. WireFrame.Of(Opcode.Binary, new byte[65_536], masked), .. WireFrame.Closing(1000, masked)];

        Assert.Equal(bytes, Carry(scanner, [.. bytes.Select(value => (byte[])[value])]));
        Assert.Equal((1, 1000), (scanner.Messages, scanner.CloseCode));
    }

    [Fact]
    public void Frame_UpToTheBound_GoesOnWhole_OrNotAtAll()
    {
        var scanner = Scanner(masked: false, wholeFrames: 104);
        var frame = WireFrame.Of(Opcode.Binary, new byte[102], masked: false);

        Assert.Equal(new ScanResult(0, Need: FrameHeader.MaxSize), scanner.Scan(frame.AsSpan(..1)));
        Assert.Equal(new ScanResult(0, Need: 104), scanner.Scan(frame.AsSpan(..103)));
        Assert.Equal(FrameBoundary.BetweenMessages, scanner.Boundary);

        Assert.Equal(new ScanResult(104), scanner.Scan(frame));
    }

    [Fact]
    public void Frame_BeyondTheBound_GoesOnAsItComes()
    {
        var scanner = Scanner(masked: false, wholeFrames: 103);
        var frame = WireFrame.Of(Opcode.Binary, new byte[102], masked: false);

        Assert.Equal(new ScanResult(50), scanner.Scan(frame.AsSpan(..50)));
        Assert.Equal(FrameBoundary.InFrame, scanner.Boundary);

        Assert.Equal(new ScanResult(54), scanner.Scan(frame.AsSpan(50..)));
        Assert.Equal((FrameBoundary.BetweenMessages, 1), (scanner.Boundary, scanner.Messages));
    }

    [Fact]
    public void Fragments_AreOneMessage_AndAPingBetweenThemIsNone()
    {
        var scanner = Scanner(masked: true);

        scanner.Scan(WireFrame.Of(Opcode.Text, [1], masked: true, last: false));
        scanner.Scan(WireFrame.Of(Opcode.Ping, [], masked: true));
        scanner.Scan(WireFrame.Of(Opcode.Continuation, [2], masked: true, last: false));
        Assert.Equal((0, FrameBoundary.InMessage), (scanner.Messages, scanner.Boundary));

        // The last fragment has begun to arrive, but what went on still ends inside of the message.
        var last = WireFrame.Of(Opcode.Continuation, [3], masked: true);
        scanner.Scan(last.AsSpan(..1));
        Assert.Equal(FrameBoundary.InMessage, scanner.Boundary);

        scanner.Scan(last);
        Assert.Equal((1, FrameBoundary.BetweenMessages), (scanner.Messages, scanner.Boundary));
    }

    [Fact]
    public void One_GoesNoFurtherThanTheEndOfTheFirstFrame_WholeOrItsRest()
    {
        var scanner = Scanner(masked: true);
        var frame = WireFrame.Of(Opcode.Binary, new byte[200], masked: true);

        Assert.Equal(new ScanResult(frame.Length), scanner.Scan([.. frame, .. frame], isOne: true));
        Assert.Equal(new ScanResult(100), scanner.Scan(frame.AsSpan(..100), isOne: true));
        Assert.Equal(new ScanResult(frame.Length - 100), scanner.Scan([.. frame.AsSpan(100..), .. frame], isOne: true));
        Assert.Equal((2, FrameBoundary.BetweenMessages), (scanner.Messages, scanner.Boundary));
    }

    [Fact]
    public void Fault_StopsBeforeItsFrame_AndWhatCameBeforeGoesOn()
    {
        var scanner = Scanner(masked: true);
        var good = WireFrame.Message("good", masked: true);

        var scan = scanner.Scan([.. good, .. WireFrame.Message("bad", masked: false), .. good]);

        Assert.Equal((good.Length, 1002), (scan.Pass, scan.Fault?.Code));
        Assert.Equal("protocol error: a frame is not masked", scan.Fault?.Reason);
    }

    [Theory]
    [InlineData(new byte[] { 3 })]
    [InlineData(new byte[] { 0x03, 0xED })]
    [InlineData(new byte[] { 0x00, 0x01 })]
    public void CloseFrame_WithACodeThatMayNotBeSent_IsAFault(byte[] payload)
    {
        var scanner = Scanner(masked: true);

        Assert.Equal("protocol error: a close frame has no code that may be sent", scanner.Scan(WireFrame.Of(Opcode.Close, payload, masked: true)).Fault?.Reason);
        Assert.Null(scanner.CloseCode);
    }

    [Fact]
    public void Close_WithoutACode_Is1005_AndNothingFollowsIt()
    {
        var scanner = Scanner(masked: true);
        var close = WireFrame.Of(Opcode.Close, [], masked: true);

        Assert.Equal(new ScanResult(close.Length, Drop: 3), scanner.Scan([.. close, 1, 2, 3]));
        Assert.Equal(new ScanResult(0, Drop: 4), scanner.Scan([1, 2, 3, 4]));
        Assert.Equal((1005, close.Length), (scanner.CloseCode, scanner.Bytes));
    }

    [Fact]
    public void Close_IsNotSeen_BeforeItsFrameHasEnded()
    {
        var scanner = Scanner(masked: false);
        var frame = WireFrame.Closing(1001, masked: false, "going");

        Assert.Equal(0, scanner.Scan(frame.AsSpan(..^1)).Pass);
        Assert.Null(scanner.CloseCode);

        Assert.Equal(frame.Length, scanner.Scan(frame).Pass);
        Assert.Equal(1001, scanner.CloseCode);
    }

    [Fact]
    public void Pong_ThatAnswersThePingOfTheGateways_GoesNoFurther_AndOthersDo()
    {
        var scanner = Scanner(masked: true);
        var payload = new byte[Liveness.PingPayloadSize];
        BinaryPrimitives.WriteInt64BigEndian(payload, _liveness.Pinged());
        var answer = WireFrame.Of(Opcode.Pong, payload, masked: true);
        var message = WireFrame.Message("hello", masked: true);

        Assert.Equal([.. message, .. message, .. answer], Carry(scanner, [.. message, .. answer, .. message, .. answer]));
        Assert.NotNull(_liveness.RoundTrip);
    }

    [Fact]
    public void Scan_DoesNotAllocate()
    {
        var scanner = Scanner(masked: true);
        var frame = WireFrame.Message("hello", masked: true);
        scanner.Scan(frame);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            scanner.Scan(frame);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    /// <summary>Shows pieces to a scanner as a lane does, and returns what goes on.</summary>
    private static byte[] Carry(FrameScanner scanner, params byte[][] pieces)
    {
        List<byte> passed = [];
        byte[] held = [];
        foreach (var piece in pieces)
        {
            held = [.. held, .. piece];
            ScanResult scan;
            do
            {
                scan = scanner.Scan(held);
                Assert.Null(scan.Fault);
                passed.AddRange(held[..scan.Pass]);
                held = held[(scan.Pass + scan.Drop)..];
            }
            while (scan.Drop > 0);
        }

        return [.. passed];
    }
}
