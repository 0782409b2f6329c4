using System.Text;
using System.Text.Json;
using YarpWs.Gateway.Telemetry.AccessLogs;

namespace YarpWs.Gateway.Tests.Telemetry.AccessLogs;

public sealed class LineEscapeTests
{
    [Theory]
    [InlineData("", "-")]
    [InlineData("Mozilla/5.0 (X11) [a]", "Mozilla/5.0 (X11) [a]")]
    [InlineData("a\" 200 \"b", "a\\x22 200 \\x22b")]
    [InlineData("a\\", "a\\x5C")]
    [InlineData("a\r\nb\t\u001b[31m\u007f", "a\\x0D\\x0Ab\\x09\\x1B[31m\\x7F")]
    [InlineData("\u00c3\u00a9", "\\xC3\\xA9")]
    [InlineData("\u202e\u2028", "\\xE2\\x80\\xAE\\xE2\\x80\\xA8")]
    public void Default_IsAsNginxHasIt(string value, string expected)
    {
        var line = new StringBuilder();

        LineEscape.Default(line, value);

        Assert.Equal(expected, line.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("a\",\"status\":200,\"b\":\"")]
    [InlineData("a\\")]
    [InlineData("a\r\nb\t\u001b[31m\u007f")]
    [InlineData("\u202e\u2028\u2029\u2066")]
    [InlineData("\ud83d\ude00")]
    public void Json_IsOneString_OfOneLine(string value)
    {
        var line = new StringBuilder();

        LineEscape.Json(line, value);

        Assert.DoesNotContain(line.ToString(), character => char.IsControl(character) || character is '\u2028' or '\u2029' or '\u202e' or '\u2066');
        Assert.Equal(value, JsonSerializer.Deserialize<string>($"\"{line}\""));
    }

    [Fact]
    public void Json_OfBytesOfUtf8_IsWhatTheyMean()
    {
        var line = new StringBuilder();

        LineEscape.Json(line, Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("zoë 中")));

        Assert.Equal("zoë 中", line.ToString());
    }
}
