using System.Net;
using System.Text;

namespace YarpWs.Gateway.Tests.Forwarding;

/// <summary>Bytes beyond ASCII in header values are opaque (RFC 9110, section 5.5).</summary>
public class HeaderBytesTests
{
    /// <summary>"Jörg" in ISO-8859-1 and in UTF-8, and bytes that are neither.</summary>
    private const string Bytes = "J\u00f6rg J\u00c3\u00b6rg \u0080\u009f\u00a0\u00ad\u00ff";

    [Fact]
    public async Task RequestHeader_ArrivesAsItsBytes()
    {
        await using var gateway = await RawGateway.StartAsync();

        var head = await gateway.ForwardedAsync($"GET /open/x HTTP/1.1\r\nHost: a.example\r\nCookie: theme={Bytes}\r\nX-Own: {Bytes}\r\nReferer: {Bytes}\r\n\r\n");

        Assert.Contains($"\r\nCookie: theme={Bytes}\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nX-Own: {Bytes}\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nReferer: {Bytes}\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResponseHeader_ArrivesAsItsBytes()
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync("GET /open/x HTTP/1.1\r\nHost: a.example\r\n\r\n");
        using var asked = await gateway.Destination.AcceptAsync();

        await asked.AnswerAsync($"HTTP/1.1 302 Found\r\nLocation: /{Bytes}\r\nX-Own: {Bytes}\r\nContent-Disposition: {Bytes}\r\nContent-Length: 0\r\n\r\n");

        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 302 Found\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nLocation: /{Bytes}\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nX-Own: {Bytes}\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nContent-Disposition: {Bytes}\r\n", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Content-Length: 0\r\n")]
    public async Task Handshake_IsAskedAndAcceptedAsItsBytes(string more)
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync($"GET /open/x HTTP/1.1\r\nHost: a.example\r\nCookie: theme={Bytes}\r\n{RawGateway.Handshake}\r\n");
        using var asked = await gateway.Destination.AcceptAsync();

        await asked.AnswerAsync($"{RawGateway.Accepted}X-Own: {Bytes}\r\n{more}\r\n");

        var head = await client.ReadHeadAsync();
        Assert.Contains($"\r\nCookie: theme={Bytes}\r\n", asked.Head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nX-Own: {Bytes}\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handshake_IsRefusedAsItsBytes()
    {
        await using var gateway = await RawGateway.StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync($"GET /open/x HTTP/1.1\r\nHost: a.example\r\nX-Own: {Bytes}\r\n{RawGateway.Handshake}\r\n");
        using var asked = await gateway.Destination.AcceptAsync();

        await asked.AnswerAsync($"HTTP/1.1 403 Forbidden\r\nX-Own: {Bytes}\r\nContent-Length: 0\r\n\r\n");

        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 403 ", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nX-Own: {Bytes}\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_OverHttp2_IsItsBytesInBothDirections()
    {
        await using var gateway = await RawGateway.StartAsync(("Kestrel:Endpoints:Http:Protocols", "Http2"));
        using var http = new HttpClient(new SocketsHttpHandler
        {
            RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,
            UseCookies = false,
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Address, "/open/x")) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.TryAddWithoutValidation("X-Own", Bytes);
        var sent = http.SendAsync(request, Deadline.Token());
        using var asked = await gateway.Destination.AcceptAsync();
        await asked.AnswerAsync($"HTTP/1.1 200 OK\r\nX-Own: {Bytes}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Trailer: {Bytes}\r\n\r\n");

        using var answer = await sent;
        await answer.Content.LoadIntoBufferAsync(Deadline.Token());

        Assert.Contains($"\r\nx-own: {Bytes}\r\n", asked.Head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(Bytes, answer.TrailingHeaders.NonValidated["X-Trailer"].ToString());
        Assert.Equal(Bytes, answer.Headers.NonValidated["X-Own"].ToString());
    }

    /// <summary>The settings file is UTF-8, and so is what of it is compared or sent.</summary>
    [Fact]
    public async Task ConfiguredValue_IsComparedAndSentAsUtf8()
    {
        await using var gateway = await RawGateway.StartAsync(
            ("ReverseProxy:Routes:named:ClusterId", "backend"),
            ("ReverseProxy:Routes:named:AuthorizationPolicy", "anonymous"),
            ("ReverseProxy:Routes:named:Match:Path", "/named/{who}"),
            ("ReverseProxy:Routes:named:Match:Headers:0:Name", "X-City"),
            ("ReverseProxy:Routes:named:Match:Headers:0:Values:0", "K\u00f6ln"),
            ("ReverseProxy:Routes:named:Transforms:0:RequestHeader", "X-Region"),
            ("ReverseProxy:Routes:named:Transforms:0:Set", "\u00d6st \u4e2d"),
            ("ReverseProxy:Routes:named:Transforms:1:RequestHeaderRouteValue", "X-Who"),
            ("ReverseProxy:Routes:named:Transforms:1:Set", "who"));

        var head = await gateway.ForwardedAsync($"GET /named/J%C3%B6rg%2F1 HTTP/1.1\r\nHost: a.example\r\nX-City: {Utf8("K\u00f6ln")}\r\n\r\n");

        Assert.Contains($"\r\nX-Region: {Utf8("\u00d6st \u4e2d")}\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nX-Who: {Utf8("J\u00f6rg/1")}\r\n", head, StringComparison.Ordinal);
    }

    private static string Utf8(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
