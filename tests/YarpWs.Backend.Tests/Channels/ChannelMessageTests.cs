using System.Buffers;
using System.Text;
using Xunit;
using YarpWs.Backend.Channels;
using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Tests.Channels;

/// <summary>The map of a channel layer. The captured ones were written by channels_redis 4.0.0.</summary>
public sealed class ChannelMessageTests
{
    private static readonly Dictionary<string, string> Types = new() { ["send_message"] = "event", ["x"] = "n" };

    private static readonly string[] Channels =
    [
        "specific.b8e0d8e00e5d466ea88353c3df83a879!2d32d5acbe384b4aac29ce1d69617832",
        "specific.b8e0d8e00e5d466ea88353c3df83a879!c8c04fb19ed4409f9c3756be5f9a0d9c",
    ];

    private const string ToTwo =
        "83a474797065ac73656e645f6d657373616765a56576656e74a26869b05f5f617367695f6368616e6e656c5f5f92"
        + "d94a73706563696669632e6238653064386530306535643436366561383833353363336466383361383739213264333264356163626533383462346161633239636531643639363137383332"
        + "d94a73706563696669632e6238653064386530306535643436366561383833353363336466383361383739216338633034666231396564343430396639633337353662653566396130643963";

    [Fact]
    public void Written_IsWhatPythonWrites()
    {
        Assert.Equal(ToTwo, Convert.ToHexStringLower(Write("hi", Channels)));
        Assert.Equal("82a474797065ac73656e645f6d657373616765a56576656e74af746f2065766572796f6e6520e8b7af", Convert.ToHexStringLower(Write("to everyone 路")));
    }

    [Fact]
    public void GroupSend_IsRead()
    {
        var content = Read(ToTwo);

        Assert.Equal("send_message", content.Type);
        Assert.Equal((DataType.Text, "hi"), TextOf(content));
        Assert.Equal(Channels, content.Channels);
    }

    [Fact]
    public void Send_NamesItsOneChannel()
    {
        var content = Read(
            "83a474797065ac73656e645f6d657373616765a56576656e74a36f6e65b05f5f617367695f6368616e6e656c5f5f"
            + "d94a73706563696669632e6238653064386530306535643436366561383833353363336466383361383739213264333264356163626533383462346161633239636531643639363137383332");

        Assert.Equal([Channels[0]], content.Channels);
        Assert.Equal((DataType.Text, "one"), TextOf(content));
    }

    [Fact]
    public void AnythingButText_BecomesJson()
    {
        var content = Read("82a474797065a178a16e97c0c3ffcd012ccb3ff8000000000000a2c3a981a16ba176");

        Assert.Equal((DataType.Json, """[null,true,-1,300,1.5,"é",{"k":"v"}]"""), TextOf(content));
    }

    [Fact]
    public void Bytes_StayBytes()
    {
        var content = Read("82a474797065a178a16ec4020001");

        Assert.Equal(DataType.Binary, content.Value!.Value.DataType);
        Assert.Equal([0, 1], content.Value.Value.Data.ToArray());
    }

    [Fact]
    public void PointInAType_IsAnUnderscore() =>
        Assert.Equal("send_message", Read("82a474797065ac73656e642e6d657373616765a56576656e74a26869").Type);

    [Theory]
    [InlineData("82a474797065a16da56576656e74a26869")] // type "m"
    [InlineData("81a474797065ac73656e645f6d657373616765")] // no event
    [InlineData("81a56576656e74a26869")] // no type
    [InlineData("82a474797065ac73656e645f6d657373616765a56576656e74c0")] // event is nil
    public void WhatIsNotMapped_IsReadWithoutAValue(string hex) => Assert.Null(Read(hex).Value);

    [Theory]
    [InlineData("")]
    [InlineData("c0")]
    [InlineData("a26869")] // text
    [InlineData("8101a26869")] // a number for a key
    [InlineData("81a474797065ac73656e645f6d657373616765c0")] // something follows
    [InlineData("82a474797065")] // cut short
    [InlineData("df7fffffff")] // a length that is not there
    [InlineData("82a474797065ac73656e645f6d657373616765a56576656e74a2fffe")] // no UTF-8
    [InlineData("82a474797065a178b05f5f617367695f6368616e6e656c5f5f9101")] // a number for a channel
    public void WhatIsNoMessage_IsRefused(string hex) => Assert.False(ChannelMessage.TryRead(Convert.FromHexString(hex), Types, out _));

    [Fact]
    public void EndlessDepth_IsRefused()
    {
        byte[] deep = [0x82, 0xa4, .. "type"u8, 0xa1, (byte)'x', 0xa1, (byte)'n', .. Enumerable.Repeat((byte)0x91, 100_000), 0xc0];

        Assert.False(ChannelMessage.TryRead(deep, Types, out _));
    }

    private static byte[] Write(string text, string[]? channels = null)
    {
        var bytes = new ArrayBufferWriter<byte>();
        ChannelMessage.Write(bytes, "send_message", "event", Encoding.UTF8.GetBytes(text), channels);
        return bytes.WrittenSpan.ToArray();
    }

    private static ChannelContent Read(string hex)
    {
        Assert.True(ChannelMessage.TryRead(Convert.FromHexString(hex), Types, out var content));
        return content;
    }

    private static (DataType, string) TextOf(ChannelContent content) => (content.Value!.Value.DataType, Encoding.UTF8.GetString(content.Value.Value.Data.Span));
}
