using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Tests.Requests;

public sealed class LogTextTests
{
    [Fact]
    public void ControlCharacters_AreEscaped() => Assert.Equal("/a\\u000ab\\u001b\\u2028", LogText.Escape("/a\nb\u001b\u2028"));

    [Fact]
    public void Text_ThatTurnsALineAround_IsEscaped() =>
        Assert.Equal("/\\u202etxt.exe\\u2066\\u2069\\u200f\\u061c", LogText.Escape("/\u202etxt.exe\u2066\u2069\u200f\u061c"));

    [Fact]
    public void Text_IsCutAt512() => Assert.Equal(513, LogText.Escape(new string('a', 9000)).Length);
}
