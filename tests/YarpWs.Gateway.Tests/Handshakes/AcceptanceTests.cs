using System.Net;
using System.Text;
using YarpWs.Gateway.Handshakes;

namespace YarpWs.Gateway.Tests.Handshakes;

public sealed class AcceptanceTests
{
    private static HttpResponseMessage? Read(string head) => Acceptance.Read(Encoding.Latin1.GetBytes(head), out _);

    [Fact]
    public void Acceptance_HasItsHeaders()
    {
        using var answer = Read("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nconnection:Upgrade\r\nX-Own: \t a b\t \r\nX-Own: c\u00e9\r\nX-Empty:\r\n\r\n")!;

        Assert.Equal((HttpStatusCode.SwitchingProtocols, "Switching Protocols", HttpVersion.Version11), (answer.StatusCode, answer.ReasonPhrase, answer.Version));
        Assert.Equal(
            [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("X-Own", "a b, c\u00e9"), ("X-Empty", "")],
            answer.Headers.NonValidated.Select(header => (header.Key, header.Value.ToString())));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Web Socket Protocol Handshake")]
    public void Reason_IsTheDestinationsOwn(string reason)
    {
        using var answer = Read($"HTTP/1.1 101 {reason}\r\n\r\n")!;

        Assert.Equal(reason, answer.ReasonPhrase);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.0 101 Switching Protocols\r\n\r\n")]
    [InlineData("HTTP/1.1  101 Switching Protocols\r\n\r\n")]
    [InlineData("http/1.1 101 Switching Protocols\r\n\r\n")]
    [InlineData("HTTP/1.1 1010 Switching Protocols\r\n\r\n")]
    [InlineData("HTTP/1.1 101\r\n\r\n")]
    [InlineData("HTTP/1.1 101 a\nb\r\n\r\n")]
    [InlineData("HTTP/1.1 101 a\rb\r\n\r\n")]
    [InlineData("HTTP/1.1 101 \r\nno colon\r\n\r\n")]
    [InlineData("HTTP/1.1 101 \r\n: no name\r\n\r\n")]
    [InlineData("HTTP/1.1 101 \r\nX-Own : space before the colon\r\n\r\n")]
    [InlineData("HTTP/1.1 101 \r\n X-Own: space before the name\r\n\r\n")]
    [InlineData("HTTP/1.1 101 \r\nX-Own: a\r\n folded\r\n\r\n")]
    [InlineData("HTTP/1.1 101 \r\nX-Own: a\r\n\tb: folded\r\n\r\n")]
    [InlineData("HTTP/1.1 101 \r\nX-Own: a\nX-Other: b\r\n\r\n")]
    [InlineData("HTTP/1.1 101 \r\nX-Own: a\rX-Other: b\r\n\r\n")]
    [InlineData("HTTP/1.1 101 \r\nX-Own: a\r\r\n\r\n")]
    [InlineData("HTTP/1.1 101 \r\nX-Own: a\0b\r\n\r\n")]
    [InlineData("HTTP/1.1 101 \r\nX-\u00d6wn: a\r\n\r\n")]
    [InlineData("HTTP/1.1 101 \r\nContent-Length: 5\r\n\r\n")]
    [InlineData("HTTP/1.1 101 \r\nContent-Type: text/plain\r\n\r\n")]
    public void AnythingElse_IsNone(string head)
    {
        Assert.Null(Read(head));
        Assert.False(Acceptance.MayBecome(Encoding.Latin1.GetBytes(head)));
    }

    [Theory]
    [InlineData("HTTP")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r")]
    public void Beginning_MayBecomeOne(string begun)
    {
        Assert.Null(Read(begun));
        Assert.True(Acceptance.MayBecome(Encoding.Latin1.GetBytes(begun)));
    }

    [Theory]
    [InlineData("HTTP/1.1 2")]
    [InlineData("HTTP/1.1 101\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\n")]
    public void OtherBeginning_IsNotWaitedOn(string begun) => Assert.False(Acceptance.MayBecome(Encoding.Latin1.GetBytes(begun)));

    [Fact]
    public void Length_IsThatOfTheHead()
    {
        Assert.NotNull(Acceptance.Read("HTTP/1.1 101 \r\nA: b\r\n\r\n\r\n\r\n"u8, out var length));

        Assert.Equal("HTTP/1.1 101 \r\nA: b\r\n\r\n".Length, length);
    }
}
