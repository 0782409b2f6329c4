using System.Net;
using YarpWs.Gateway.Handshakes;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Tests.Handshakes;

public sealed class RequestHeadTests : IDisposable
{
    private readonly EventLoops _loops = new(1, TimeProvider.System);

    public void Dispose() => _loops.Dispose();

    [Theory]
    [InlineData("/ws/a%2fb/../%2e%2E/c?room=%41&x=a+b")]
    [InlineData("/")]
    [InlineData("/ws", "Host", "chat.example:8080")]
    [InlineData("/ws", "Host", "")]
    [InlineData("/ws", "Cookie", "a=1|b=2", "User-Agent", "one/1|two/2", "Sec-WebSocket-Protocol", "a|b", "X-Own", "1|2")]
    [InlineData("/ws", "sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==", "SEC-WEBSOCKET-VERSION", "13", "Authorization", "Bearer a.b.c", "x-empty", "", "X-Tab", "a\tb")]
    public Task Head_IsThatOfThePlatformsClient(string target, params string[] headers) => IsThatOfThePlatformsClientAsync(HttpMethod.Get, target, headers);

    /// <summary>A tunnel may be asked for by any method.</summary>
    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("ATTACH")]
    public Task Head_OfAnyMethod_IsThatOfThePlatformsClient(string method) => IsThatOfThePlatformsClientAsync(new HttpMethod(method), "/exec", ["X-Own", "1"]);

    [Theory]
    [InlineData("http://chat.example/ws", "chat.example")]
    [InlineData("http://chat.example:8080/ws", "chat.example:8080")]
    [InlineData("http://[::1]:8080/ws", "[::1]:8080")]
    [InlineData("http://b\u00fccher.example/ws", "xn--bcher-kva.example")]
    public void Host_ThatIsNotSet_IsTheDestinations(string address, string host)
    {
        using var request = RawDestination.HandshakeTo(address);

        Assert.StartsWith($"GET /ws HTTP/1.1\r\nHost: {host}\r\n", System.Text.Encoding.ASCII.GetString(RequestHead.Write(request)!), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatAsksForNoUpgradeOverPlainHttp_IsNotWritten()
    {
        Assert.Null(Write(request => request.Headers.Remove("Upgrade")));
        Assert.Null(Write(request => request.Content = new ByteArrayContent([])));
        Assert.Null(Write(request => request.Version = HttpVersion.Version20));
        Assert.Null(Write(request => request.Version = HttpVersion.Version10));
        Assert.Null(Write(request => request.RequestUri = new Uri("https://127.0.0.1/ws")));
        Assert.NotNull(Write(_ => { }));
    }

    [Theory]
    [InlineData("caf\u0119")]
    [InlineData("a\u0001b")]
    [InlineData("a\u007fb")]
    public void Value_ThatIsNoFieldValue_IsLeftToThePlatformsClient(string value) =>
        Assert.Null(Write(request => request.Headers.TryAddWithoutValidation("X-Own", value)));

    [Fact]
    public void Value_BeyondAscii_IsWrittenAsTheBytesItStandsFor()
    {
        var head = Write(request => request.Headers.TryAddWithoutValidation("X-Own", "J\u00f6\u00c3\u00b6\u0080\u00ff"))!;

        Assert.Contains("\r\nX-Own: J\u00f6\u00c3\u00b6\u0080\u00ff\r\n", System.Text.Encoding.Latin1.GetString(head), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\r\nX-Other: b")]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\0b")]
    public void Value_ThatWouldEndItsLine_IsRefused(string value) =>
        Assert.Throws<HttpRequestException>(() => Write(request => request.Headers.TryAddWithoutValidation("X-Own", value)));

    [Theory]
    [InlineData("/ws HTTP/1.1\r\nX-Other: b")]
    [InlineData("/a b")]
    [InlineData("/a?\u00e9")]
    public void Target_ThatWouldBeMoreThanOne_IsRefused(string target)
    {
        using var request = RawDestination.HandshakeTo("http://127.0.0.1" + target);

        Assert.Throws<HttpRequestException>(() => RequestHead.Write(request));
    }

    private async Task IsThatOfThePlatformsClientAsync(HttpMethod method, string target, string[] headers)
    {
        using var destination = new RawDestination();

        Assert.Equal(await SendAsync(new SocketsHttpHandler { ActivityHeadersPropagator = null, UseCookies = false }), await SendAsync(
            new HandshakeHandler(new SocketsHttpHandler(), _loops, new Descriptors(), new DestinationConnector(Names.OfSystem, new() { ConnectTimeout = Deadline.Length }), ProxyProtocolVersion.None)));

        async Task<string> SendAsync(HttpMessageHandler handler)
        {
            using var client = new HttpMessageInvoker(handler);
            using var request = destination.Handshake(target);
            request.Method = method;
            for (var i = 0; i < headers.Length; i += 2)
            {
                foreach (var value in headers[i + 1].Split('|'))
                {
                    request.Headers.TryAddWithoutValidation(headers[i], value);
                }
            }

            var sent = client.SendAsync(request, Deadline.Token());
            using var asked = await destination.AcceptAsync();
            await asked.AnswerAsync("HTTP/1.1 204 No Content\r\n\r\n");
            using var answer = await sent;
            return asked.Head;
        }
    }

    private static byte[]? Write(Action<HttpRequestMessage> change)
    {
        using var request = RawDestination.HandshakeTo("http://127.0.0.1/ws");
        change(request);
        return RequestHead.Write(request);
    }
}
