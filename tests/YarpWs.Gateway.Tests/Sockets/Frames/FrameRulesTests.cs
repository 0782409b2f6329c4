using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Gateway.Tests.Sockets.Frames;

public sealed class FrameRulesTests
{
    public static TheoryData<string, byte[]> Violations => new()
    {
        { "a frame is not masked", WireFrame.Message("hello", masked: false) },
        { "a reserved opcode is used", WireFrame.Of((Opcode)0x3, [], masked: true) },
        { "a reserved opcode is used", WireFrame.Of((Opcode)0x7, [], masked: true) },
        { "a reserved opcode is used", WireFrame.Of((Opcode)0xB, [], masked: true) },
        { "a reserved opcode is used", WireFrame.Of((Opcode)0xF, [], masked: true) },
        { "a reserved bit is set", WireFrame.Of(Opcode.Text, [], masked: true, reserved: 0x4) },
        { "a reserved bit is set", WireFrame.Of(Opcode.Text, [], masked: true, reserved: 0x2) },
        { "a reserved bit is set", WireFrame.Of(Opcode.Ping, [], masked: true, reserved: 0x1) },
        { "a control frame is fragmented", WireFrame.Of(Opcode.Ping, [], masked: true, last: false) },
        { "a control frame is longer than 125 bytes", WireFrame.Of(Opcode.Ping, new byte[126], masked: true) },
        { "a message is continued that has not begun", WireFrame.Of(Opcode.Continuation, [], masked: true) },
        { "a frame's length is not written as it must be", [0x82, 0x80 | 126, 0, 125, 1, 2, 3, 4] },
        { "a frame's length is not written as it must be", [0x82, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4] },
        { "a frame's length is not written as it must be", [0x82, 0x80 | 127, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4] },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public void Frame_ThatMayNotBeSent_IsNamed(string fault, byte[] frame) => Assert.Equal(fault, Check(new FrameRules(fromClient: true, WebSocketExtensions.None), frame));

    [Fact]
    public void Backend_MayNotMask() =>
        Assert.Equal("a frame is masked", Check(new FrameRules(fromClient: false, WebSocketExtensions.None), WireFrame.Message("hello", masked: true)));

    [Fact]
    public void Message_InsideAnother_IsNamed_AndAPingIsNot()
    {
        var rules = new FrameRules(fromClient: true, WebSocketExtensions.None);

        Assert.Null(Check(rules, WireFrame.Of(Opcode.Text, [1], masked: true, last: false)));
        Assert.Null(Check(rules, WireFrame.Of(Opcode.Ping, [1], masked: true)));
        Assert.Null(Check(rules, WireFrame.Of(Opcode.Continuation, [1], masked: true, last: false)));
        Assert.Equal("a message begins inside another", Check(rules, WireFrame.Of(Opcode.Binary, [1], masked: true)));
    }

    [Fact]
    public void Deflate_MaySetRsv1_OnTheFirstFrameOfAMessageAlone()
    {
        var rules = new FrameRules(fromClient: true, WebSocketExtensions.Deflate);

        Assert.Null(Check(rules, WireFrame.Of(Opcode.Text, [1], masked: true, last: false, reserved: 0x4)));
        Assert.Equal("a reserved bit is set", Check(rules, WireFrame.Of(Opcode.Continuation, [1], masked: true, reserved: 0x4)));
        Assert.Equal("a reserved bit is set", Check(rules, WireFrame.Of(Opcode.Close, [], masked: true, reserved: 0x4)));
        Assert.Equal("a reserved bit is set", Check(rules, WireFrame.Of(Opcode.Text, [], masked: true, reserved: 0x6)));
    }

    [Fact]
    public void Extension_ThatIsNotKnown_MayUseWhatIsReserved()
    {
        var rules = new FrameRules(fromClient: true, WebSocketExtensions.Unknown);

        Assert.Null(Check(rules, WireFrame.Of((Opcode)0x3, [1], masked: true, reserved: 0x7)));
        Assert.Null(Check(rules, WireFrame.Of((Opcode)0xC, [1], masked: true, reserved: 0x1)));
    }

    [Theory]
    [InlineData(null, "None")]
    [InlineData("permessage-deflate", "Deflate")]
    [InlineData("Permessage-Deflate; client_max_window_bits=12; server_no_context_takeover", "Deflate")]
    [InlineData("permessage-deflate, x-mux", "Unknown")]
    [InlineData("permessage-bzip2", "Unknown")]
    public void Extensions_AreReadFromTheAnswer(string? header, string agreed) => Assert.Equal(agreed, AgreedExtensions.Read(header).ToString());

    [Theory]
    [InlineData(999, false)]
    [InlineData(1000, true)]
    [InlineData(1004, false)]
    [InlineData(1005, false)]
    [InlineData(1006, false)]
    [InlineData(1014, true)]
    [InlineData(1015, false)]
    [InlineData(3000, true)]
    [InlineData(4999, true)]
    [InlineData(5000, false)]
    public void CloseCode_MayOrMayNotBeSent(int code, bool may) => Assert.Equal(may, FrameRules.IsCloseCode(code));

    private static string? Check(FrameRules rules, byte[] frame)
    {
        Assert.True(FrameHeader.TryRead(frame, out var header));
        return rules.Check(header);
    }
}
