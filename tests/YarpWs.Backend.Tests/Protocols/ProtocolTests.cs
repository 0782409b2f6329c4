using System.Net.WebSockets;
using System.Text;
using Xunit;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Protocols;

namespace YarpWs.Backend.Tests.Protocols;

public sealed class ProtocolTests
{
    private static readonly PlainProtocol Plain = PlainProtocol.Instance;
    private static readonly AttributedProtocol Attributed = AttributedProtocol.Instance;

    [Theory]
    [InlineData(DataType.Text, "hello \"中文\" 😀\0")]
    [InlineData(DataType.Text, "")]
    [InlineData(DataType.Json, """{ "a" : 1 }""")]
    internal void Plain_SendsTextAndJson_AsTheyAre(DataType type, string data)
    {
        var frame = Plain.Encode(Message(type, data));

        Assert.Equal((WebSocketMessageType.Text, data), (frame.Type, Text(frame)));
    }

    [Fact]
    public void Plain_NamesNoSubprotocol() => Assert.Null(Plain.Subprotocol);

    [Theory]
    [InlineData("hello", "ann", """{"message":"hello","from":"ann","node":"a"}""")]
    [InlineData("hello", "", """{"message":"hello","node":"a"}""")]
    [InlineData("", "", """{"message":"","node":"a"}""")]
    internal void Attributed_SaysWhoSent_AndThroughWhichNode(string text, string user, string expected)
    {
        var frame = Attributed.Encode(Message(DataType.Text, text, user));

        Assert.Equal((WebSocketMessageType.Text, expected), (frame.Type, Text(frame)));
    }

    [Fact]
    public void Attributed_IsJson_WhateverTheTextHolds()
    {
        const string Nasty = "\"}\\\0\r\n\u2028😀";

        var frame = Attributed.Encode(Message(DataType.Text, Nasty, "\"ann\""));

        using var json = System.Text.Json.JsonDocument.Parse(frame.Payload);
        Assert.Equal(Nasty, json.RootElement.GetProperty("message").GetString());
        Assert.Equal("\"ann\"", json.RootElement.GetProperty("from").GetString());
    }

    [Fact]
    public void Attributed_CarriesJson_AsText()
    {
        var frame = Attributed.Encode(Message(DataType.Json, """{"a": 1}"""));

        using var json = System.Text.Json.JsonDocument.Parse(frame.Payload);
        Assert.Equal("""{"a": 1}""", json.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public void Bytes_AreABinaryFrame_InBothProtocols()
    {
        byte[] bytes = [0, 0xff, 1];
        var message = Message(DataType.Text, "") with { DataType = DataType.Binary, Data = bytes };

        Assert.All<IClientProtocol>([Plain, Attributed], protocol =>
        {
            var frame = protocol.Encode(message);
            Assert.Equal(WebSocketMessageType.Binary, frame.Type);
            Assert.Equal(bytes, frame.Payload.ToArray());
        });
    }

    [Fact]
    public void BothProtocols_ReadTheSameRequests()
    {
        Assert.All<IClientProtocol>([Plain, Attributed], protocol =>
        {
            Assert.Equal("x"u8, protocol.Parse("""{"message": "x"}"""u8, WebSocketMessageType.Text) is SendText { Text: var text } ? text : []);
            Assert.Null(protocol.Parse("x"u8, WebSocketMessageType.Text));
        });
    }

    private static string Text(Frame frame) => Encoding.UTF8.GetString(frame.Payload.Span);

    private static GroupMessage Message(DataType type, string data, string user = "") => new()
    {
        DataType = type,
        Data = Encoding.UTF8.GetBytes(data),
        Node = "a",
        Sequence = 1,
        FromUserId = user,
    };
}
