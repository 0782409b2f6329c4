using System.Net.WebSockets;
using System.Text;
using Xunit;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Protocols;

namespace YarpWs.Backend.Tests.Protocols;

public sealed class PlainRequestTests
{
    [Theory]
    [InlineData("""{"message": "hello"}""", "hello")]
    [InlineData("""{"message": "中文 \u4e2d 😀 \ud83d\ude00"}""", "中文 中 😀 😀")]
    [InlineData("""{"message": "{\"a\": 1}"}""", """{"a": 1}""")]
    [InlineData("""{"message": "\b\f\n\r\t\/\\\""}""", "\b\f\n\r\t/\\\"")]
    [InlineData("""{"message": "\u0000"}""", "\0")]
    [InlineData("""{"message": "\u005c\u0022"}""", "\\\"")]
    [InlineData("""{"message": " "}""", " ")]
    [InlineData("""{"message": ""}""", "")]
    [InlineData("""{"\u006dessage": "an escaped key"}""", "an escaped key")]
    [InlineData(" \t\r\n{ \"message\" : \"white space around\" } \r\n", "white space around")]
    public void Message_IsTheTextItself(string request, string text) => Assert.Equal(text, Parsed(request));

    [Theory]
    [InlineData("""{"other": 1, "message": "x", "more": [{"message": 5}, null, true]}""")]
    [InlineData("""{"Message": 1, "MESSAGE": 2, "message": "x", "messages": 3, " message": 4}""")]
    [InlineData("""{"other": "\ud800", "message": "x"}""")]
    [InlineData("""{"\ud800": 1, "message": "x"}""")]
    [InlineData("""{"a long key with \ud800 in it": 1, "message": "x"}""")]
    [InlineData("""{"\udc00 in a long key": 1, "message": "x"}""")]
    [InlineData("""{"message\ud800": 1, "message": "x"}""")]
    [InlineData("""{"": 1, "message": "x"}""")]
    public void OtherKeys_AreIgnored(string request) => Assert.Equal("x", Parsed(request));

    [Theory]
    [InlineData("""{"message": "x"}""", false)]
    [InlineData("""{"message": "x", "noEcho": true}""", true)]
    [InlineData("""{"noEcho": true, "message": "x"}""", true)]
    [InlineData("""{"noEcho": false, "message": "x"}""", false)]
    [InlineData("""{"\u006eoEcho": true, "message": "x"}""", true)]
    [InlineData("""{"noEcho": false, "message": "x", "noEcho": true}""", true)]
    [InlineData("""{"noEcho": 1, "message": "x", "noEcho": false}""", false)]
    [InlineData("""{"noecho": true, "more": {"noEcho": true}, "message": "x"}""", false)]
    public void NoEcho_IsWhatTheLastOneSays_AndFalseWithoutOne(string request, bool noEcho) =>
        Assert.Equal(noEcho, Assert.IsType<SendText>(PlainRequest.Parse(Encoding.UTF8.GetBytes(request), WebSocketMessageType.Text)).NoEcho);

    [Theory]
    [InlineData("""{"message": "x", "noEcho": null}""")]
    [InlineData("""{"message": "x", "noEcho": 1}""")]
    [InlineData("""{"message": "x", "noEcho": "true"}""")]
    [InlineData("""{"message": "x", "noEcho": {"noEcho": true}}""")]
    [InlineData("""{"message": "x", "noEcho": [true]}""")]
    [InlineData("""{"message": "x", "noEcho": true, "noEcho": 1}""")]
    [InlineData("""{"noEcho": true}""")]
    public void NoEcho_ThatIsNeitherTrueNorFalse_OrStandsAlone_IsRefused(string request) => Assert.Null(Parsed(request));

    [Fact]
    public void OtherKey_MayBeDeep()
    {
        Assert.Equal("x", Parsed($$"""{"deep": {{new string('[', 500)}}{{new string(']', 500)}}, "message": "x"}"""));
    }

    [Theory]
    [InlineData("""{"message": "first", "message": "last"}""", "last")]
    [InlineData("""{"message": 5, "message": "last"}""", "last")]
    [InlineData("""{"message": {"message": "inner"}, "message": "last"}""", "last")]
    [InlineData("""{"message": "first", "message": 5}""", null)]
    [InlineData("""{"message": "first", "message": null}""", null)]
    [InlineData("""{"message": "first", "message": {"message": "inner"}}""", null)]
    public void RepeatedKey_LastOneCounts(string request, string? text) => Assert.Equal(text, Parsed(request));

    [Theory]
    [InlineData("""{"message": 5}""")]
    [InlineData("""{"message": 0}""")]
    [InlineData("""{"message": true}""")]
    [InlineData("""{"message": false}""")]
    [InlineData("""{"message": null}""")]
    [InlineData("""{"message": {}}""")]
    [InlineData("""{"message": []}""")]
    [InlineData("""{"message": ["x"]}""")]
    [InlineData("""{"message": {"message": "x"}}""")]
    [InlineData("{}")]
    [InlineData("""{"Message": "x"}""")]
    [InlineData("""{"other": {"message": "x"}}""")]
    public void Object_WithoutAMessageThatIsAString_IsRefused(string request) => Assert.Null(Parsed(request));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("hello")]
    [InlineData("\"message\"")]
    [InlineData("5")]
    [InlineData("null")]
    [InlineData("""["message", "x"]""")]
    [InlineData("""[{"message": "x"}]""")]
    [InlineData("\uFEFF{\"message\": \"x\"}")]
    [InlineData("""{"message": "x",}""")]
    [InlineData("""{"message": "x"} {}""")]
    [InlineData("""{"message": "x"}}""")]
    [InlineData("""{"message": "x"}x""")]
    [InlineData("""{"message": "x" """)]
    [InlineData("""{"message": "x""")]
    [InlineData("""{"message"}""")]
    [InlineData("""{message: "x"}""")]
    [InlineData("""{'message': 'x'}""")]
    [InlineData("""{"message": "x"} // comment""")]
    [InlineData("""{"message": "\x"}""")]
    [InlineData("""{"message": "\u12"}""")]
    [InlineData("{\"message\": \"\n\"}")]
    [InlineData("""{"message": NaN, "message": "x"}""")]
    public void AnythingElse_IsRefused(string request) => Assert.Null(Parsed(request));

    [Theory]
    [InlineData("""{"message": "\ud800"}""")]
    [InlineData("""{"message": "\udc00"}""")]
    [InlineData("""{"message": "a \ud83d b"}""")]
    [InlineData("""{"message": "\ude00\ud83d"}""")]
    public void LoneSurrogate_InTheMessage_IsRefused(string request) => Assert.Null(Parsed(request));

    [Theory]
    [InlineData("[")]
    [InlineData("{\"message\":")]
    [InlineData("{\"a\":[")]
    public void BottomlessDepth_IsRefused(string level) => Assert.Null(Parsed(string.Concat(Enumerable.Repeat(level, 100_000))));

    [Fact]
    public void BinaryMessage_IsRefused_WhateverItHolds()
    {
        Assert.Null(PlainRequest.Parse("""{"message": "x"}"""u8, WebSocketMessageType.Binary));
    }

    private static string? Parsed(string request) =>
        PlainRequest.Parse(Encoding.UTF8.GetBytes(request), WebSocketMessageType.Text) is SendText message ? Encoding.UTF8.GetString(message.Text) : null;
}
