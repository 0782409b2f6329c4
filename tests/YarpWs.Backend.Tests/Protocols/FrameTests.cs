using System.Net.WebSockets;
using Xunit;
using YarpWs.Backend.Protocols;

namespace YarpWs.Backend.Tests.Protocols;

public sealed class FrameTests
{
    [Theory]
    [InlineData(0, new byte[] { 0x81, 0 })]
    [InlineData(1, new byte[] { 0x81, 1 })]
    [InlineData(125, new byte[] { 0x81, 125 })]
    [InlineData(126, new byte[] { 0x81, 126, 0, 126 })]
    [InlineData(65_535, new byte[] { 0x81, 126, 0xff, 0xff })]
    [InlineData(65_536, new byte[] { 0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0 })]
    public void Text_HasTheHeadOfRfc6455_ForEachLength(int length, byte[] head)
    {
        var payload = new byte[length];
        Random.Shared.NextBytes(payload);

        var frame = new Frame(payload, WebSocketMessageType.Text);

        Assert.Equal([.. head, .. payload], frame.Wire.ToArray());
        Assert.Equal(payload, frame.Payload.ToArray());
        Assert.Equal(WebSocketMessageType.Text, frame.Type);
    }

    [Fact]
    public void Binary_IsMarkedSo()
    {
        var frame = new Frame(new byte[] { 7 }, WebSocketMessageType.Binary);

        Assert.Equal([0x82, 1, 7], frame.Wire.ToArray());
        Assert.Equal(WebSocketMessageType.Binary, frame.Type);
    }

    [Fact]
    public void Frame_KeepsItsBytes_WhateverBecomesOfThoseItWasMadeFrom()
    {
        var payload = new byte[] { 1 };
        var ping = new byte[] { 0x89, 1, 1 };
        var (message, control) = (new Frame(payload, WebSocketMessageType.Text), Frame.Control(ping));

        payload[0] = ping[2] = 9;

        Assert.Equal([1], message.Payload.ToArray());
        Assert.Equal([0x89, 1, 1], control.Wire.ToArray());
    }

    [Theory]
    [InlineData(0x88, true)]
    [InlineData(0x89, false)]
    [InlineData(0x8a, false)]
    public void CloseFrame_IsTold_FromPingsAndPongs(byte first, bool isClose)
    {
        var frame = Frame.Control([first, 0]);

        Assert.Equal(isClose, frame.Type is WebSocketMessageType.Close);
        Assert.True(frame.Payload.IsEmpty);
    }
}
