using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Tests.Sockets;

public sealed class FrameScannerTests
{
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
    public void Message_OfEveryLengthClass_IsCountedOnce(int length, bool masked)
    {
        var scanner = new FrameScanner();
        var frame = Frames.Of(Frames.Binary, new byte[length], masked);

        scanner.Scan(frame);

        Assert.Equal(1, scanner.Messages);
        Assert.Equal(frame.Length, scanner.Bytes);
        Assert.True(scanner.IsBetweenFrames);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Frames_SplitAnywhere_AreSeenTheSame(bool masked)
    {
        byte[] bytes =
        [
            .. Frames.Message("one", masked),
            .. Frames.Of(Frames.Binary, new byte[300], masked),
            .. Frames.Of(Frames.Ping, [1, 2, 3], masked),
            .. Frames.Closing(4001, masked, "enough"),
        ];

        for (var split = 0; split <= bytes.Length; split++)
        {
            var scanner = new FrameScanner();
            scanner.Scan(bytes.AsSpan(..split));
            scanner.Scan(bytes.AsSpan(split..));

            Assert.Equal((2, 4001, true), (scanner.Messages, scanner.CloseCode, scanner.IsBetweenFrames));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Frames_ByteByByte_AreSeenTheSame(bool masked)
    {
        var scanner = new FrameScanner();
        byte[] bytes = [.. Frames.Of(Frames.Binary, new byte[65_536], masked), .. Frames.Closing(1000, masked)];

        foreach (var value in bytes)
        {
            scanner.Scan([value]);
        }

        Assert.Equal((1, 1000), (scanner.Messages, scanner.CloseCode));
    }

    [Fact]
    public void Fragments_AreOneMessage_AndAPingBetweenThemIsNone()
    {
        var scanner = new FrameScanner();

        scanner.Scan(Frames.Of(Frames.Text, [1], masked: true, last: false));
        scanner.Scan(Frames.Of(Frames.Ping, [], masked: true));
        scanner.Scan(Frames.Of(Frames.Continuation, [2], masked: true, last: false));
        Assert.Equal(0, scanner.Messages);

        scanner.Scan(Frames.Of(Frames.Continuation, [3], masked: true));
        Assert.Equal(1, scanner.Messages);
    }

    [Fact]
    public void Close_WithoutACode_Is1005()
    {
        var scanner = new FrameScanner();

        scanner.Scan(Frames.Of(Frames.Close, [], masked: true));

        Assert.Equal(1005, scanner.CloseCode);
    }

    [Fact]
    public void Close_IsNotSeen_BeforeItsFrameHasEnded()
    {
        var scanner = new FrameScanner();
        var frame = Frames.Closing(1001, masked: false, "going");

        scanner.Scan(frame.AsSpan(..^1));
        Assert.Null(scanner.CloseCode);
        Assert.False(scanner.IsBetweenFrames);

        scanner.Scan(frame.AsSpan(^1..));
        Assert.Equal(1001, scanner.CloseCode);
    }

    [Fact]
    public void Length_WithItsHighestBitSet_IsSteppedOverWithoutEnd()
    {
        var scanner = new FrameScanner();

        scanner.Scan([0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        scanner.Scan(new byte[100_000]);

        Assert.Equal(0, scanner.Messages);
        Assert.False(scanner.IsBetweenFrames);
    }

    [Fact]
    public void Scan_DoesNotAllocate()
    {
        var scanner = new FrameScanner();
        var frame = Frames.Message("hello", masked: true);
        scanner.Scan(frame);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            scanner.Scan(frame);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
